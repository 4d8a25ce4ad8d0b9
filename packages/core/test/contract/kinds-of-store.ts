// Every way JavaScript has to put bytes into a buffer.

/** One way: stores `byteLength` bytes at a position, and gives what must be found there. */
export interface KindOfStore {
  readonly name: string;
  /** The position is a multiple of this. */
  readonly alignment: number;
  readonly byteLength: number;
  readonly store: (buffer: ArrayBufferLike, byteOffset: number) => Uint8Array;
}

const pages = 5 * 4096;

/** A view of the bytes that are stored to. */
type Target = Uint8Array<ArrayBufferLike>;

const elementTypes = [
  Int8Array,
  Uint8Array,
  Uint8ClampedArray,
  Int16Array,
  Uint16Array,
  Int32Array,
  Uint32Array,
  Float32Array,
  Float64Array,
] as const;

const bigElementTypes = [BigInt64Array, BigUint64Array] as const;

const elementStores: KindOfStore[] = elementTypes.flatMap((type) => {
  const size = type.BYTES_PER_ELEMENT;
  const expected = (): Uint8Array => new Uint8Array(type.of(77, 78, 79).buffer);
  const view = (buffer: ArrayBufferLike, byteOffset: number, length: number) => {
    return new type(buffer as ArrayBuffer, byteOffset, length);
  };
  return [
    {
      name: `elements of ${type.name}`,
      alignment: size,
      byteLength: 3 * size,
      store: (buffer, byteOffset) => {
        const elements = view(buffer, byteOffset, 3);
        elements[2] = 79;
        elements[0] = 77;
        elements[1] = 78;
        return expected();
      },
    },
    {
      name: `${type.name}.set of numbers`,
      alignment: size,
      byteLength: 3 * size,
      store: (buffer, byteOffset) => {
        view(buffer, byteOffset, 3).set([77, 78, 79]);
        return expected();
      },
    },
    {
      name: `${type.name}.fill`,
      alignment: size,
      byteLength: pages,
      store: (buffer, byteOffset) => {
        view(buffer, byteOffset, pages / size).fill(99);
        return new Uint8Array(new type(pages / size).fill(99).buffer);
      },
    },
  ];
});

const bigElementStores: KindOfStore[] = bigElementTypes.map((type) => ({
  name: `elements of ${type.name}`,
  alignment: 8,
  byteLength: 16,
  store: (buffer, byteOffset) => {
    const elements = new type(buffer as ArrayBuffer, byteOffset, 2);
    elements[0] = 2n ** 62n + 1n;
    elements[1] = 3n;
    return new Uint8Array(type.of(2n ** 62n + 1n, 3n).buffer);
  },
}));

type Setter = (view: DataView) => void;

// None is aligned, and across the end of a page each lies in both, but for the single bytes.
const dataViewSetters: Readonly<Record<string, Setter>> = {
  setInt8: (view) => view.setInt8(5, -5),
  setUint8: (view) => view.setUint8(5, 250),
  setInt16: (view) => view.setInt16(4, -12345),
  setUint16: (view) => view.setUint16(4, 54321, true),
  setInt32: (view) => view.setInt32(4, -123456789),
  setUint32: (view) => view.setUint32(4, 3123456789, true),
  setFloat32: (view) => view.setFloat32(4, 1.5e10),
  setFloat64: (view) => view.setFloat64(4, Math.PI, true),
  setBigInt64: (view) => view.setBigInt64(4, -(2n ** 61n) - 7n),
  setBigUint64: (view) => view.setBigUint64(4, 2n ** 63n + 7n, true),
};

const dataViewStores: KindOfStore[] = Object.entries(dataViewSetters).map(([name, set]) => ({
  name: `DataView.${name}`,
  alignment: 5,
  byteLength: 16,
  store: (buffer, byteOffset) => {
    set(new DataView(buffer, byteOffset, 16));
    const expected = new DataView(new ArrayBuffer(16));
    set(expected);
    return new Uint8Array(expected.buffer);
  },
}));

const pattern = Uint8Array.from({ length: pages }, (_, index) => (index * 31 + (index >> 8)) % 251);

const byteWriters: Readonly<Record<string, (target: Target) => void>> = {
  "Uint8Array.set of bytes": (target) => target.set(pattern),
  "Uint8Array.copyWithin": (target) => {
    target[0] = 9;
    target[1] = 8;
    for (let done = 2; done < target.length; done *= 2) target.copyWithin(done, 0, done);
  },
  "Uint8Array.reverse": (target) => {
    target[0] = 5;
    target.reverse();
  },
  "Uint8Array.sort": (target) => {
    target[0] = 7;
    target[1] = 3;
    target.sort();
  },
  "Buffer.fill": (target) => {
    Buffer.from(target.buffer as ArrayBuffer, target.byteOffset, target.length).fill("tide");
  },
  "Buffer.copy": (target) => {
    const into = Buffer.from(target.buffer as ArrayBuffer, target.byteOffset, target.length);
    Buffer.from(pattern).copy(into);
  },
  "TextEncoder.encodeInto": (target) => {
    new TextEncoder().encodeInto("high water, Höchststand, 満潮 🌊. ".repeat(500), target);
  },
};

for (const encoding of ["utf8", "latin1", "ascii", "utf16le", "hex", "base64"] as const) {
  const text = encoding === "hex" ? "00ff7e".repeat(4000) : "dGlkZW1hcms0".repeat(1500);
  Object.assign(byteWriters, {
    [`Buffer.write as ${encoding}`]: (target: Target) => {
      Buffer.from(target.buffer as ArrayBuffer, target.byteOffset, target.length).write(
        text,
        encoding,
      );
    },
  });
}

const byteStores: KindOfStore[] = Object.entries(byteWriters).map(([name, write]) => ({
  name,
  alignment: 2,
  byteLength: pages,
  store: (buffer, byteOffset) => {
    write(new Uint8Array(buffer, byteOffset, pages));
    const expected = new Uint8Array(pages);
    write(expected);
    return expected;
  },
}));

const bufferWriters: Readonly<Record<string, (target: Buffer) => void>> = {
  writeUInt8: (target) => target.writeUInt8(200, 2),
  writeUInt16BE: (target) => target.writeUInt16BE(60_000, 1),
  writeInt32LE: (target) => target.writeInt32LE(-70_000, 1),
  writeUIntBE: (target) => target.writeUIntBE(0x123456789abc, 1, 6),
  writeBigUInt64LE: (target) => target.writeBigUInt64LE(2n ** 60n + 5n, 1),
  writeFloatBE: (target) => target.writeFloatBE(0.25, 1),
  writeDoubleLE: (target) => target.writeDoubleLE(-1e100, 1),
};

const bufferStores: KindOfStore[] = Object.entries(bufferWriters).map(([name, write]) => ({
  name: `Buffer.${name}`,
  alignment: 2,
  byteLength: 12,
  store: (buffer, byteOffset) => {
    write(Buffer.from(buffer as ArrayBuffer, byteOffset, 12));
    const expected = Buffer.alloc(12);
    write(expected);
    return expected;
  },
}));

type AtomicOperation = (cell: Int32Array<ArrayBufferLike>) => void;

const atomicOperations: Readonly<Record<string, AtomicOperation>> = {
  store: (cell) => Atomics.store(cell, 0, 41),
  add: (cell) => Atomics.add(cell, 0, 42),
  sub: (cell) => Atomics.sub(cell, 0, 43),
  or: (cell) => Atomics.or(cell, 0, 44),
  xor: (cell) => Atomics.xor(cell, 0, 45),
  exchange: (cell) => Atomics.exchange(cell, 0, 46),
  compareExchange: (cell) => Atomics.compareExchange(cell, 0, 0, 47),
};

const atomicStores: KindOfStore[] = Object.entries(atomicOperations).map(([name, operate]) => ({
  name: `Atomics.${name}`,
  alignment: 4,
  byteLength: 8,
  store: (buffer, byteOffset) => {
    // The second cell lies past the end also where the first is the file's last.
    for (const place of [0, 4]) {
      operate(new Int32Array(buffer as ArrayBuffer, byteOffset + place, 1));
    }
    const expected = new Int32Array(2);
    for (const place of [0, 4]) operate(new Int32Array(expected.buffer, place, 1));
    return new Uint8Array(expected.buffer);
  },
}));

export const kindsOfStore: readonly KindOfStore[] = [
  ...elementStores,
  ...bigElementStores,
  ...dataViewStores,
  ...byteStores,
  ...bufferStores,
  ...atomicStores,
];
