// IDs of declarations that have no `@0x…` of their own, derived from their parent's as the
// specification says: the first 8 bytes of an MD5 hash as a big-endian number, its highest bit set.

import { md5 } from "./md5.js";

const idBytes = 8;
const highestBit = 1n << 63n;

/** Of a declaration named `name` in the scope with ID `parent`. */
export function childId(parent: bigint, name: string): bigint {
  const bytes = new TextEncoder().encode(name);
  const input = new Uint8Array(idBytes + bytes.length);
  input.set(bytes, idBytes);
  return derive(parent, input);
}

/** Of a group, or a named union, which is field number `index` of the scope with ID `parent`. */
export function groupId(parent: bigint, index: number): bigint {
  const input = new Uint8Array(idBytes + 2);
  new DataView(input.buffer).setUint16(idBytes, index, true);
  return derive(parent, input);
}

/** Of the struct made of a method's parameters, or of its results. */
export function signatureId(parent: bigint, ordinal: number, isResults: boolean): bigint {
  const input = new Uint8Array(idBytes + 3);
  const view = new DataView(input.buffer);
  view.setUint16(idBytes, ordinal, true);
  view.setUint8(idBytes + 2, isResults ? 1 : 0);
  return derive(parent, input);
}

/** An ID for a file that has none, as the command `capnp id` makes them. */
export function randomId(): bigint {
  const bytes = crypto.getRandomValues(new Uint8Array(idBytes));
  return new DataView(bytes.buffer).getBigUint64(0, true) | highestBit;
}

function derive(parent: bigint, input: Uint8Array): bigint {
  new DataView(input.buffer).setBigUint64(0, parent, true);
  return new DataView(md5(input).buffer).getBigUint64(0) | highestBit;
}
