// Objects to messages and back: one segment, in stream framing.

import {
  elementSizes,
  type ListObject,
  newStruct,
  type ObjectPointer,
  type StructObject,
} from "./object.js";

const wordBytes = 8;
const scalarBits = [0, 1, 8, 16, 32, 64] as const;

/** A message whose root is `root`, in stream framing. */
export function writeMessage(root: StructObject): Uint8Array {
  const words = 2 + sizeOf(root);
  const bytes = new Uint8Array(wordBytes * words);
  const view = new DataView(bytes.buffer);
  view.setUint32(4, words - 1, true);
  new Writer(bytes, view).pointer(1, root);
  return bytes;
}

// In words.
function sizeOf(object: ObjectPointer): number {
  if (object === null) return 0;
  if (object.kind === "scalars") {
    return Math.ceil((object.length * scalarBits[object.elementSize]) / 64);
  }
  if (object.kind === "pointers") {
    return object.pointers.reduce((sum, pointer) => sum + sizeOf(pointer), object.pointers.length);
  }
  if (object.kind === "structs") {
    return object.structs.reduce((sum, struct) => sum + sizeOf(struct), 1);
  }
  const own = object.data.length / wordBytes + object.pointers.length;
  return object.pointers.reduce((sum, pointer) => sum + sizeOf(pointer), own);
}

class Writer {
  readonly #bytes: Uint8Array;
  readonly #view: DataView;
  // The first free word; the table and the root pointer come before.
  #end = 2;

  constructor(bytes: Uint8Array, view: DataView) {
    this.#bytes = bytes;
    this.#view = view;
  }

  /** Writes the pointer at word `at`, and what it leads to. */
  pointer(at: number, object: ObjectPointer): void {
    if (object === null) return;
    const target = this.#end;
    if (object.kind === "struct") {
      const { data, pointers } = object;
      const dataWords = data.length / wordBytes;
      this.#end += dataWords + pointers.length;
      // A struct of no size would be a null pointer: it leads to the pointer itself.
      const isEmpty = this.#end === target;
      this.#word(
        at,
        ((isEmpty ? -1 : target - at - 1) << 2) | 0,
        dataWords | (pointers.length << 16),
      );
      this.#struct(target, object);
      return;
    }
    const { size, length } = listPointer(object);
    this.#word(at, ((target - at - 1) << 2) | 1, size | (length << 3));
    this.#list(target, object);
  }

  #word(at: number, low: number, high: number): void {
    this.#view.setInt32(wordBytes * at, low, true);
    this.#view.setUint32(wordBytes * at + 4, high, true);
  }

  #struct(at: number, { data, pointers }: StructObject): void {
    this.#bytes.set(data, wordBytes * at);
    const first = at + data.length / wordBytes;
    for (const [i, pointer] of pointers.entries()) this.pointer(first + i, pointer);
  }

  #list(at: number, list: ListObject): void {
    if (list.kind === "scalars") {
      this.#end += Math.ceil(list.data.length / wordBytes);
      this.#bytes.set(list.data, wordBytes * at);
    } else if (list.kind === "pointers") {
      this.#end += list.pointers.length;
      for (const [i, pointer] of list.pointers.entries()) this.pointer(at + i, pointer);
    } else {
      const { dataWords, pointerCount, structs } = list;
      const step = dataWords + pointerCount;
      this.#end += 1 + structs.length * step;
      this.#word(at, structs.length << 2, dataWords | (pointerCount << 16));
      for (const [i, struct] of structs.entries()) this.#struct(at + 1 + i * step, struct);
    }
  }
}

function listPointer(list: ListObject): { readonly size: number; readonly length: number } {
  if (list.kind === "scalars") return { size: list.elementSize, length: list.length };
  if (list.kind === "pointers") return { size: elementSizes.pointer, length: list.pointers.length };
  const length = list.structs.length * (list.dataWords + list.pointerCount);
  return { size: elementSizes.composite, length };
}

// Of what is embedded. Objects that are reached twice are copied, so their sum is bounded.
const deepest = 64;
const mostWords = 64 * 1024 * 1024;

/** The root object of a message in stream framing, or what is wrong with it. */
export function readRoot(bytes: Uint8Array): ObjectPointer | string {
  try {
    return new Reader(bytes).root();
  } catch (error) {
    if (error instanceof Malformed) return error.message;
    throw error;
  }
}

class Malformed extends Error {}

interface Segment {
  readonly view: DataView;
  readonly words: number;
}

class Reader {
  readonly #segments: Segment[] = [];
  #copied = 0;

  constructor(bytes: Uint8Array) {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    if (bytes.length < wordBytes) throw new Malformed("it is shorter than a word");
    const count = view.getUint32(0, true) + 1;
    let at = wordBytes * (1 + (count >> 1));
    if (count > 512 || at > bytes.length) throw new Malformed("its segment table is too long");
    for (let i = 0; i < count; i++) {
      const words = view.getUint32(4 + 4 * i, true);
      const end = at + wordBytes * words;
      if (end > bytes.length) throw new Malformed("it ends inside of a segment");
      this.#segments.push({
        view: new DataView(bytes.buffer, bytes.byteOffset + at, end - at),
        words,
      });
      at = end;
    }
  }

  root(): ObjectPointer {
    return this.#pointer(this.#segment(0), 0, deepest);
  }

  #segment(id: number): Segment {
    const segment = this.#segments[id];
    if (segment === undefined) throw new Malformed(`it has no segment ${id}`);
    return segment;
  }

  // That `count` words at `at` are there.
  #check(segment: Segment, at: number, count: number): void {
    this.#copied += count;
    if (at < 0 || at + count > segment.words) throw new Malformed("a pointer leads out of it");
    if (this.#copied > mostWords) throw new Malformed("it leads to the same objects too often");
  }

  #pointer(segment: Segment, at: number, depth: number): ObjectPointer {
    this.#check(segment, at, 1);
    if (depth === 0) throw new Malformed(`it nests more than ${deepest} levels deep`);
    const low = segment.view.getInt32(wordBytes * at, true);
    const high = segment.view.getUint32(wordBytes * at + 4, true);
    if ((low & 3) === 2) return this.#far(low, high, depth);
    return this.#object(segment, at + 1 + (low >> 2), { low, high, depth });
  }

  #far(low: number, high: number, depth: number): ObjectPointer {
    const pad = this.#segment(high);
    const at = low >>> 3;
    if ((low & 4) === 0) return this.#pointer(pad, at, depth - 1);
    this.#check(pad, at, 2);
    const place = pad.view.getInt32(wordBytes * at, true);
    const target = this.#segment(pad.view.getUint32(wordBytes * at + 4, true));
    const tag = {
      low: pad.view.getInt32(wordBytes * (at + 1), true),
      high: pad.view.getUint32(wordBytes * (at + 1) + 4, true),
    };
    return this.#object(target, place >>> 3, { ...tag, depth: depth - 1 });
  }

  #object(
    segment: Segment,
    at: number,
    pointer: { readonly low: number; readonly high: number; readonly depth: number },
  ): ObjectPointer {
    const { low, high, depth } = pointer;
    if (low === 0 && high === 0) return null;
    switch (low & 3) {
      case 0:
        return this.#struct(segment, at, { data: high & 0xffff, pointers: high >>> 16, depth });
      case 1:
        return this.#list(segment, at, high, depth);
      default:
        throw new Malformed("it holds a capability");
    }
  }

  #struct(
    segment: Segment,
    at: number,
    size: { readonly data: number; readonly pointers: number; readonly depth: number },
  ): StructObject {
    this.#check(segment, size.data + size.pointers === 0 ? 0 : at, size.data + size.pointers);
    const struct = newStruct(size.data, size.pointers);
    struct.data.set(this.#slice(segment, at, wordBytes * size.data));
    for (let i = 0; i < size.pointers; i++) {
      struct.pointers[i] = this.#pointer(segment, at + size.data + i, size.depth - 1);
    }
    return struct;
  }

  #slice({ view }: Segment, at: number, length: number): Uint8Array {
    return new Uint8Array(
      view.buffer,
      view.byteOffset + (length === 0 ? 0 : wordBytes * at),
      length,
    );
  }

  #list(segment: Segment, at: number, high: number, depth: number): ListObject {
    const elementSize = high & 7;
    const length = high >>> 3;
    if (elementSize === elementSizes.composite) return this.#structs(segment, at, length, depth);
    if (elementSize === elementSizes.pointer) {
      this.#check(segment, at, length);
      const pointers = Array.from({ length }, (_, i) => this.#pointer(segment, at + i, depth - 1));
      return { kind: "pointers", pointers };
    }
    const size = elementSize as 0 | 1 | 2 | 3 | 4 | 5;
    const bytes = Math.ceil((length * scalarBits[size]) / 8);
    this.#check(segment, bytes === 0 ? 0 : at, Math.ceil(bytes / wordBytes));
    return { kind: "scalars", elementSize: size, length, data: this.#slice(segment, at, bytes) };
  }

  #structs(segment: Segment, at: number, words: number, depth: number): ListObject {
    this.#check(segment, at, words + 1);
    const length = segment.view.getUint32(wordBytes * at, true) >>> 2;
    const sizes = segment.view.getUint32(wordBytes * at + 4, true);
    const dataWords = sizes & 0xffff;
    const pointerCount = sizes >>> 16;
    const step = dataWords + pointerCount;
    if (length * step > words) throw new Malformed("a list is longer than its words");
    if (step === 0 && length > 1 << 16) throw new Malformed("a list of empty structs is too long");
    const structs = Array.from({ length }, (_, i) =>
      this.#struct(segment, at + 1 + i * step, { data: dataWords, pointers: pointerCount, depth }),
    );
    return { kind: "structs", dataWords, pointerCount, structs };
  }
}
