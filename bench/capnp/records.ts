// The records that every implementation builds and reads, the same as those of native/capnp.cc.

export const recordCount = 64;

export interface PersonRecord {
  readonly id: number;
  readonly name: string;
  readonly email: string;
  readonly firstNumber: string;
  readonly secondNumber: string;
  readonly age: number;
  readonly height: number;
  readonly scores: readonly number[];
}

export interface LetterRecord {
  readonly subject: string;
  readonly sender: string;
  readonly recipient: string;
  readonly paragraphs: readonly string[];
  readonly sent: number;
}

export const personRecords: readonly PersonRecord[] = records((index) => ({
  id: Math.imul(index, 2_654_435_761) >>> 0,
  name: `Ada Lovelace${String.fromCharCode(97 + (index % 26))}`,
  email: `ada${100 + index}@mail.com`,
  firstNumber: `555-1${100 + index}`,
  secondNumber: `555-2${100 + index}`,
  age: 20 + index,
  height: 1.5 + index / 100,
  scores: [1, 2, 3, 4, 5, 6].map((factor) => index * factor),
}));

/** A drawing is made of its number alone. */
export const drawingRecords: readonly number[] = records((index) => index);

export const letterRecords: readonly LetterRecord[] = records((index) => ({
  subject: words(index, 80),
  sender: words(index + 1, 60),
  recipient: words(index + 2, 60),
  paragraphs: [0, 1, 2, 3, 4].map((paragraph) => words(index + paragraph, 500 + 50 * paragraph)),
  sent: 1_700_000_000_000 + index,
}));

export const pointCount = 10_000;

function records<T>(make: (index: number) => T): T[] {
  return Array.from({ length: recordCount }, (_, index) => make(index));
}

function words(seed: number, length: number): string {
  const letters = Array.from({ length }, (_, index) => {
    return index % 7 === 6 ? 32 : 97 + ((seed + index * index) % 26);
  });
  // A text as programs have it: flat, not put together of single letters.
  return new TextDecoder().decode(Uint8Array.from(letters));
}

/** FNV-1a over the bytes of all messages, segment tables left out. */
export function hash(sum: number, bytes: Uint8Array): number {
  let result = sum;
  for (const byte of bytes) result = Math.imul(result ^ byte, 16_777_619) >>> 0;
  return result;
}

export const hashStart = 2_166_136_261;
