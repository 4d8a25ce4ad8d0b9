// Fields of a fixed number of bytes: raw, or text in UTF-8.

import { shown } from "../arguments.js";
import { ArgumentRangeError, ArgumentTypeError } from "../errors.js";
import { checkCount, FieldType } from "./field.js";
import { type Memory, windowStride } from "./memory.js";

/**
 * `byteLength` bytes as they are. Reading gives a Uint8Array over the memory itself; writing takes
 * exactly that many.
 */
export function bytes(byteLength: number): FieldType<Uint8Array> {
  return new BytesField(checkCount("byteLength", byteLength, windowStride));
}

class BytesField extends FieldType<Uint8Array> {
  constructor(byteLength: number) {
    super({ name: `bytes(${byteLength})`, byteLength, alignment: 1 });
  }

  override read(memory: Memory, at: number): Uint8Array {
    if (memory.bytes.byteLength === 0) memory.getUint8(at);
    return new Uint8Array(memory.buffer, memory.bytes.byteOffset + at, this.byteLength);
  }

  override write(memory: Memory, at: number, value: Uint8Array): void {
    if (!(value instanceof Uint8Array)) this.refuse(value);
    if (value.byteLength !== this.byteLength) {
      throw new ArgumentRangeError(
        `a field of type ${this.name} takes exactly ${this.byteLength} bytes, ` +
          `got ${value.byteLength}`,
      );
    }
    if (memory.bytes.byteLength === 0) memory.getUint8(at);
    memory.bytes.set(value, at);
  }
}

/**
 * Text of at most `byteLength` bytes of UTF-8, filled up with zeros (C's `char[byteLength]`; a text
 * of the full length has no zero at its end). What is not UTF-8 in the memory reads as U+FFFD.
 */
export function text(byteLength: number): FieldType<string> {
  return new TextField(checkCount("byteLength", byteLength, windowStride));
}

/** Up to here a loop is faster than a call of Node's buffers. */
const shortText = 48;

class TextField extends FieldType<string> {
  constructor(byteLength: number) {
    super({ name: `text(${byteLength})`, byteLength, alignment: 1 });
  }

  override read(memory: Memory, at: number): string {
    let result = "";
    const most = Math.min(this.byteLength, shortText);
    for (let index = 0; index < most; index++) {
      const code = memory.getUint8(at + index);
      if (code === 0) return result;
      if (code > 0x7f) return this.#readAny(memory, at);
      result += String.fromCharCode(code);
    }
    return this.byteLength <= shortText ? result : this.#readAny(memory, at);
  }

  #readAny(memory: Memory, at: number): string {
    const end = at + this.byteLength;
    const zero = memory.bytes.subarray(at, end).indexOf(0);
    return memory.bytes.toString("utf8", at, zero < 0 ? end : at + zero);
  }

  override write(memory: Memory, at: number, value: string): void {
    if (typeof value !== "string") this.refuse(value);
    const { length } = value;
    if (length <= this.byteLength && length <= shortText && this.#writeAscii(memory, at, value)) {
      return;
    }
    const byteLength = Buffer.byteLength(value);
    if (byteLength > this.byteLength) {
      throw new ArgumentRangeError(
        `a field of type ${this.name} holds ${this.byteLength} bytes of UTF-8, ` +
          `got ${byteLength}: ${shown(value)}`,
      );
    }
    if (/\0|\p{Surrogate}/u.test(value)) {
      throw new ArgumentRangeError(
        `a field of type ${this.name} cannot hold U+0000, nor half of a surrogate pair: ` +
          shown(value),
      );
    }
    memory.getUint8(at);
    memory.bytes.write(value, at, "utf8");
    memory.bytes.fill(0, at + byteLength, at + this.byteLength);
  }

  /** False, with nothing written, when it is not all ASCII. */
  #writeAscii(memory: Memory, at: number, value: string): boolean {
    const { length } = value;
    for (let index = 0; index < length; index++) {
      const code = value.charCodeAt(index);
      if (code === 0 || code > 0x7f) return false;
    }
    for (let index = 0; index < length; index++) {
      memory.setUint8(at + index, value.charCodeAt(index));
    }
    if (this.byteLength - length > shortText) {
      memory.bytes.fill(0, at + length, at + this.byteLength);
    } else {
      for (let index = length; index < this.byteLength; index++) memory.setUint8(at + index, 0);
    }
    return true;
  }

  override refuse(value: unknown): never {
    throw new ArgumentTypeError(`a field of type ${this.name} holds a string, got ${shown(value)}`);
  }
}
