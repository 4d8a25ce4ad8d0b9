// What stands at the very end of a message file that carries its own schema.

//   end - 24          end - 16       end - 12     end - 8
//   | root's id: 64   | request: 32  | version: 32 | magic: 64 |  all little-endian
//
// Before these 24 bytes lies the request, of so many bytes, whole words: a CodeGeneratorRequest in
// the flat framing. All of it is one object of the message, the last one, that no pointer leads to.

/** From the trailer's first byte. */
export const trailerLayout = {
  rootId: 0,
  requestByteLength: 8,
  version: 12,
  magic: 16,
  byteLength: 24,
} as const;

/** In ASCII. */
export const trailerMagic = "TMSCHEMA";

export const trailerVersion = 1;
