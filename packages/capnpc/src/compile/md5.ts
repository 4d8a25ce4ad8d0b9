// MD5 (RFC 1321) of a short input: IDs of declarations are derived with it, nothing else. Node's
// is out of reach here: this runs in browsers too, and those have none.

const shifts = [
  [7, 12, 17, 22],
  [5, 9, 14, 20],
  [4, 11, 16, 23],
  [6, 10, 15, 21],
] as const;

const sines: Uint32Array = Uint32Array.from({ length: 64 }, (_, i) =>
  Math.floor(Math.abs(Math.sin(i + 1)) * 2 ** 32),
);

const blockBytes = 64;

/** The digest's 16 bytes. */
export function md5(input: Uint8Array): Uint8Array {
  const blocks = Math.ceil((input.length + 9) / blockBytes);
  const padded = new Uint8Array(blocks * blockBytes);
  padded.set(input);
  padded[input.length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setBigUint64(padded.length - 8, BigInt(input.length) * 8n, true);
  const state = Uint32Array.of(0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476);
  for (let block = 0; block < blocks; block++) addBlock(state, view, block * blockBytes);
  const digest = new Uint8Array(16);
  const out = new DataView(digest.buffer);
  for (const [i, word] of state.entries()) out.setUint32(4 * i, word, true);
  return digest;
}

function addBlock(state: Uint32Array, view: DataView, offset: number): void {
  let [a = 0, b = 0, c = 0, d = 0] = state;
  for (let i = 0; i < 64; i++) {
    const round = i >> 4;
    const { mixed, index } = mix(round, i, b, c, d);
    const sum = (a + mixed + (sines[i] ?? 0) + view.getUint32(offset + 4 * index, true)) >>> 0;
    const shift = shifts[round as 0 | 1 | 2 | 3][(i & 3) as 0 | 1 | 2 | 3];
    const rotated = (sum << shift) | (sum >>> (32 - shift));
    a = d;
    d = c;
    c = b;
    b = (b + rotated) >>> 0;
  }
  for (const [i, word] of [a, b, c, d].entries()) state[i] = (state[i] ?? 0) + word;
}

function mix(
  round: number,
  step: number,
  b: number,
  c: number,
  d: number,
): { mixed: number; index: number } {
  switch (round) {
    case 0:
      return { mixed: (b & c) | (~b & d), index: step };
    case 1:
      return { mixed: (d & b) | (~d & c), index: (5 * step + 1) & 15 };
    case 2:
      return { mixed: b ^ c ^ d, index: (3 * step + 5) & 15 };
    default:
      return { mixed: c ^ (b | ~d), index: (7 * step) & 15 };
  }
}
