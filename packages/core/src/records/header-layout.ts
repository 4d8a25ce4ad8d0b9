// Where the header of a file of records keeps its fields, from its first byte. All little-endian.

//   0        8        12       16       24       28       32       40       44       48
//   | magic  | format | header | hash   | record | version| count  | layout | zero   | layout …
//   |TMRECORD| = 1    | bytes  | (FNV)  | bytes  |        |        | bytes  |        | as text
//
// The header's length is a multiple of 64 and of the record's alignment; the records follow it, and
// then the end's mark, so that a file which is trimmed to its last byte that is not zero keeps all
// records, and one that was cut short is known.
export const headerLayout = {
  magic: 0,
  format: 8,
  headerByteLength: 12,
  layoutHash: 16,
  recordByteLength: 24,
  version: 28,
  count: 32,
  layoutByteLength: 40,
  zero: 44,
  layoutText: 48,
} as const;

/** The first eight bytes. */
export const headerMagic = "TMRECORD";
export const headerFormat = 1;

/** The eight bytes after the last record. */
export const endMark = "TMRECEND";

/** The longest description of a layout that a header takes, in bytes. */
export const longestLayoutText: number = 2 ** 20;
