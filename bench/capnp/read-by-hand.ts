// Messages read with a DataView alone, by someone who knows the schema and trusts the bytes: all
// pointers lead forward in one segment, all texts are ASCII. What generated code is measured
// against, which takes none of that for granted.

import { weighText } from "./weigh-text.js";

const { latin1Slice } = Buffer.prototype as unknown as {
  readonly latin1Slice: (this: Uint8Array, at: number, end: number) => string;
};

/** Where the root of a message in the flat framing is. */
function rootOf(view: DataView): number {
  return targetOf(view, 8);
}

function targetOf(view: DataView, pointerAt: number): number {
  return pointerAt + 8 + view.getInt32(pointerAt, true) * 2;
}

/** Elements of a list of values. */
function lengthOf(view: DataView, pointerAt: number): number {
  return view.getInt32(pointerAt + 4, true) >>> 3;
}

function readText(bytes: Uint8Array, view: DataView, pointerAt: number): string {
  const at = (pointerAt + 8 + (view.getInt32(pointerAt, true) - 1) * 2) | 0;
  const length = lengthOf(view, pointerAt) - 1;
  if (length > 16) return latin1Slice.call(bytes, at, at + length);
  const a = view.getInt32(at, true);
  const b = view.getInt32(at + 4, true);
  if (length <= 8) return eight(a, b).slice(0, length);
  const c = view.getInt32(at + 8, true);
  const d = view.getInt32(at + 12, true);
  return sixteen(a, b, c, d).slice(0, length);
}

function eight(a: number, b: number): string {
  return String.fromCharCode(
    a & 255,
    (a >> 8) & 255,
    (a >> 16) & 255,
    a >> 24,
    b & 255,
    (b >> 8) & 255,
    (b >> 16) & 255,
    b >> 24,
  );
}

function sixteen(a: number, b: number, c: number, d: number): string {
  return String.fromCharCode(
    a & 255,
    (a >> 8) & 255,
    (a >> 16) & 255,
    a >> 24,
    b & 255,
    (b >> 8) & 255,
    (b >> 16) & 255,
    b >> 24,
    c & 255,
    (c >> 8) & 255,
    (c >> 16) & 255,
    c >> 24,
    d & 255,
    (d >> 8) & 255,
    (d >> 16) & 255,
    d >> 24,
  );
}

function listOf(view: DataView, pointerAt: number): number {
  return pointerAt + 8 + (view.getInt32(pointerAt, true) - 1) * 2;
}

export function weighPersonByHand(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const at = rootOf(view);
  let sum = view.getUint32(at, true) + view.getUint16(at + 4, true);
  sum += view.getFloat64(at + 8, true);
  sum += weighText(readText(bytes, view, at + 16)) + weighText(readText(bytes, view, at + 24));
  const tagAt = listOf(view, at + 32);
  const phoneCount = view.getInt32(tagAt, true) >>> 2;
  for (let index = 0; index < phoneCount; index++) {
    const phoneAt = tagAt + 8 + index * 16;
    sum += weighText(readText(bytes, view, phoneAt + 8)) + view.getUint16(phoneAt, true);
  }
  const scoresAt = listOf(view, at + 40);
  const scoreCount = lengthOf(view, at + 40);
  for (let index = 0; index < scoreCount; index++) {
    sum += view.getUint32(scoresAt + index * 4, true);
  }
  return sum + view.getUint16(at + 6, true);
}

function weighPoint(view: DataView, at: number): number {
  return view.getFloat64(at, true) + view.getFloat64(at + 8, true);
}

export function weighDrawingByHand(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const at = rootOf(view);
  let sum = weighPoint(view, at);
  const tagAt = listOf(view, at + 16);
  const count = view.getInt32(tagAt, true) >>> 2;
  for (let index = 0; index < count; index++) {
    const shapeAt = tagAt + 8 + index * 32;
    sum += view.getUint16(shapeAt, true) + (view.getUint8(shapeAt + 2) & 1);
    sum += view.getUint16(shapeAt + 4, true);
    sum += weighPoint(view, targetOf(view, shapeAt + 8));
    sum += weighPoint(view, targetOf(view, shapeAt + 16));
    const colorAt = targetOf(view, shapeAt + 24);
    sum += view.getUint8(colorAt) + view.getUint8(colorAt + 1) + view.getUint8(colorAt + 2);
    sum += view.getUint8(colorAt + 3) ^ 255;
  }
  return sum;
}

export function weighLetterByHand(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const at = rootOf(view);
  let sum = weighText(readText(bytes, view, at + 8)) + weighText(readText(bytes, view, at + 16));
  sum += view.getInt32(at + 4, true) * 2 ** 32 + view.getUint32(at, true);
  const paragraphsAt = listOf(view, at + 32);
  const count = lengthOf(view, at + 32);
  for (let index = 0; index < count; index++) {
    sum += weighText(readText(bytes, view, paragraphsAt + index * 8));
  }
  return sum + weighText(readText(bytes, view, at + 24));
}
