// The data that `tidemark bench` moves: number i is i modulo 2^20, so that the sum of any part is
// known without reading it, and is exact.

/** Bytes of what is moved at once, in order. */
export const pieceByteLength: number = 2 ** 20;
/** Bytes of what is moved at random places: a line of the processor's caches. */
export const recordByteLength = 64;
export const recordNumbers: number = recordByteLength / 8;

const period = 2 ** 20;

/** Stores the numbers from number `base` on. */
export function fillNumbers(target: Float64Array, base: number): void {
  // As % period, which is slower, for all indices of a file of up to 16 GiB.
  for (let index = 0; index < target.length; index++) target[index] = (base + index) & (period - 1);
}

/** Adds up `count` numbers from `start` on, in four sums: one alone would wait for itself. */
export function sumNumbers(source: Float64Array, start: number, count: number): number {
  let [a, b, c, d] = [0, 0, 0, 0];
  for (let index = start; index < start + count; index += 4) {
    a += source[index] as number;
    b += source[index + 1] as number;
    c += source[index + 2] as number;
    d += source[index + 3] as number;
  }
  return a + b + c + d;
}

/** What the first `count` numbers add up to. */
export function expectedSum(count: number): number {
  const rest = count % period;
  return Math.floor(count / period) * ((period * (period - 1)) / 2) + (rest * (rest - 1)) / 2;
}

/** What the numbers of one record add up to. */
export function expectedRecordSum(record: number): number {
  return recordNumbers * ((record * recordNumbers) % period) + 28;
}

/** Record numbers below `records` in a random order, always the same. Marsaglia's xorshift32. */
export function randomRecords(count: number, records: number): Uint32Array {
  const chosen = new Uint32Array(count);
  let state = 2_463_534_242;
  for (let index = 0; index < count; index++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    chosen[index] = (state >>> 0) % records;
  }
  return chosen;
}
