// What the ways that use descriptors have in common.

/** Moves blocks between memory and a place of a file; gives the bytes that were moved. */
export type Transfer = (fd: number, blocks: Uint8Array[], position: number) => number;

/** Records at random places: so many in a piece. */
export const batchLength = 1_000;

/** Pieces of a pass: as many records as the file has, up to some. */
export function batchesOf(recordCount: number): number {
  return Math.min(200, Math.ceil(recordCount / batchLength));
}

/** The memory of numbers as blocks of equal length. */
export function vectors(numbers: Float64Array, count: number): Uint8Array[] {
  const byteLength = numbers.byteLength / count;
  return Array.from({ length: count }, (_, index) => {
    return new Uint8Array(numbers.buffer, numbers.byteOffset + index * byteLength, byteLength);
  });
}
