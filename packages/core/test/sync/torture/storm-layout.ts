// Where the processes of a kill storm keep what they share, besides the primitive at byte 0.

/** Bytes of the file, and indexes of the words. */
export const stormLayout = {
  processes: 4,
  words: 4096,
  indexes: { inside: 0, first: 1, second: 2, progress: 8, holders: 16, version: 24, calm: 25 },
  bitmap: 8192,
  byteLength: 1 << 27,
} as const;
