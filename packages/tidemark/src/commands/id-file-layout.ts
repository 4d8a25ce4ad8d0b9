// The file of `tidemark id`: numbers that are given out once each.

//   0            8         12         16          24            64
//   | magic      | version | 0        | first id  | 0           | sequence (64 bytes)
//
// All little-endian. The sequence counts from 1; an id is the first id and that, less 1.

export const idFileLayout = {
  magic: 0,
  version: 8,
  first: 16,
  sequence: 64,
  byteLength: 128,
} as const;

export const idFileMagic = "TIDEIDS\0";
export const idFileVersion = 1;
