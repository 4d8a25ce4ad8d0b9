// Journals whose checksums fit whatever they hold: what a journal without checksums would be.
// Written from docs/formats.md, and so a second opinion on what the native core writes.

import type { Contents } from "./disk.js";

const mask = 2n ** 64n - 1n;
const prime1 = 0x9e3779b185ebca87n;
const prime2 = 0xc2b2ae3d27d4eb4fn;
const prime3 = 0x165667b19e3779f9n;
const prime4 = 0x85ebca77c2b2ae63n;
const prime5 = 0x27d4eb2f165667c5n;

function rotate(value: bigint, count: bigint): bigint {
  return ((value << count) | (value >> (64n - count))) & mask;
}

function round(lane: bigint, input: bigint): bigint {
  return (rotate((lane + input * prime2) & mask, 31n) * prime1) & mask;
}

/** XXH64. */
export function checksum(bytes: Buffer, seed: bigint): bigint {
  let at = 0;
  let hash = (seed + prime5) & mask;
  if (bytes.length >= 32) {
    const lanes = [seed + prime1 + prime2, seed + prime2, seed, seed - prime1].map((lane) => {
      return BigInt.asUintN(64, lane);
    });
    for (; at + 32 <= bytes.length; at += 32) {
      for (let lane = 0; lane < 4; lane++) {
        lanes[lane] = round(lanes[lane] as bigint, bytes.readBigUInt64LE(at + 8 * lane));
      }
    }
    const turns = [1n, 7n, 12n, 18n];
    hash =
      lanes.reduce((sum, lane, index) => sum + rotate(lane, turns[index] as bigint), 0n) & mask;
    for (const lane of lanes) hash = ((hash ^ round(0n, lane)) * prime1 + prime4) & mask;
  }
  hash = (hash + BigInt(bytes.length)) & mask;
  for (; at + 8 <= bytes.length; at += 8) {
    hash = (rotate(hash ^ round(0n, bytes.readBigUInt64LE(at)), 27n) * prime1 + prime4) & mask;
  }
  if (at + 4 <= bytes.length) {
    const word = (BigInt(bytes.readUInt32LE(at)) * prime1) & mask;
    hash = (rotate(hash ^ word, 23n) * prime2 + prime3) & mask;
    at += 4;
  }
  for (; at < bytes.length; at++) {
    hash = (rotate(hash ^ ((BigInt(bytes[at] as number) * prime5) & mask), 11n) * prime1) & mask;
  }
  hash = ((hash ^ (hash >> 33n)) * prime2) & mask;
  hash = ((hash ^ (hash >> 29n)) * prime3) & mask;
  return hash ^ (hash >> 32n);
}

const recordsAt = 1024;
const zeros = 1n << 63n;

/** The same journal with checksums that fit what it holds. */
export function resealed(journal: Buffer): Buffer {
  const sealed = Buffer.from(journal);
  if (sealed.length < recordsAt || sealed.toString("latin1", 0, 8) !== "TIDEUNDO") return sealed;
  sealed.writeBigUInt64LE(checksum(sealed.subarray(0, 72), 0n), 72);
  const salt = sealed.readBigUInt64LE(64);
  const count = Number(sealed.readBigUInt64LE(48));
  let at = recordsAt;
  for (let index = 0; index < count && at + 24 <= sealed.length; index++) {
    const length = sealed.readBigUInt64LE(at + 8);
    const bytes = (length & zeros) !== 0n ? 0 : Number(length);
    if (at + 24 + bytes > sealed.length) break;
    const seed = checksum(sealed.subarray(at, at + 16), salt);
    sealed.writeBigUInt64LE(checksum(sealed.subarray(at + 24, at + 24 + bytes), seed), at + 16);
    at += 24 + bytes;
  }
  return sealed;
}

export function resealedContents(contents: Contents): Contents {
  return new Map(
    [...contents].map(([name, bytes]) => {
      return [name, name.endsWith(".tidemark-journal") ? resealed(bytes) : bytes];
    }),
  );
}
