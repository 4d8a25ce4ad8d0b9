// Messages of every shape, without a schema: trees to build, to read back and to compare.

import {
  AnyList,
  type AnyListType,
  type AnyPointerBuilder,
  type AnyPointerReader,
  AnyStruct,
  AnyStructBuilder,
  AnyStructReader,
  listOf,
  StructType,
} from "@tidemark/capnp";
import {
  AnyPointer,
  BoolList,
  Uint8List,
  Uint16List,
  Uint32List,
  Uint64List,
  VoidList,
} from "@tidemark/capnp/generated";
import fc from "fast-check";

/** What a pointer leads to. */
export type Tree =
  | { readonly kind: "null" }
  | { readonly kind: "capability"; readonly index: number }
  | { readonly kind: "struct"; readonly struct: Sections }
  | { readonly kind: "void"; readonly length: number }
  | { readonly kind: "bits"; readonly values: readonly boolean[] }
  | { readonly kind: "numbers"; readonly bytes: 1 | 2 | 4; readonly values: readonly number[] }
  | { readonly kind: "bigints"; readonly values: readonly bigint[] }
  | { readonly kind: "pointers"; readonly elements: readonly Tree[] }
  | { readonly kind: "structs"; readonly elements: readonly Sections[] };

/** What is in a struct. */
export interface Sections {
  /** Whole words. */
  readonly data: readonly bigint[];
  readonly pointers: readonly Tree[];
}

/** The type of structs of one size, with nothing but their sections. */
export function shape(
  dataWords: number,
  pointerCount: number,
): StructType<AnyStructReader, AnyStructBuilder> {
  return new StructType({
    id: 1n,
    name: "Shape",
    dataByteLength: dataWords * 8,
    pointerCount,
    Reader: AnyStructReader,
    Builder: AnyStructBuilder,
  });
}

const numberLists = { 1: Uint8List, 2: Uint16List, 4: Uint32List } as const;

interface Numbers {
  setAll(values: readonly number[]): void;
}

/** Lets a pointer lead to what a tree says. */
export function plant(pointer: AnyPointerBuilder, tree: Tree): void {
  switch (tree.kind) {
    case "null":
      pointer.clear();
      return;
    case "capability":
      pointer.setCapability(tree.index);
      return;
    case "struct": {
      const { data, pointers } = tree.struct;
      fill(pointer.initStruct(shape(data.length, pointers.length)), tree.struct);
      return;
    }
    case "void":
      pointer.initList(VoidList, tree.length);
      return;
    case "bits":
      pointer.initList(BoolList, tree.values.length).setAll(tree.values);
      return;
    case "numbers": {
      const type: AnyListType<unknown, Numbers> = numberLists[tree.bytes];
      pointer.initList(type, tree.values.length).setAll(tree.values);
      return;
    }
    case "bigints":
      pointer.initList(Uint64List, tree.values.length).setAll(tree.values);
      return;
    case "pointers": {
      const list = pointer.initList(listOf(AnyPointer), tree.elements.length);
      for (const [index, element] of tree.elements.entries()) plant(list.get(index), element);
      return;
    }
    case "structs": {
      const [first] = tree.elements;
      const type = shape(first?.data.length ?? 0, first?.pointers.length ?? 0);
      const list = pointer.initList(listOf(type), tree.elements.length);
      for (const [index, element] of tree.elements.entries()) fill(list.get(index), element);
    }
  }
}

function fill(struct: AnyStructBuilder, sections: Sections): void {
  const view = viewOf(struct.data);
  for (const [index, word] of sections.data.entries()) view.setBigUint64(index * 8, word, true);
  const { pointers } = struct;
  for (const [index, tree] of sections.pointers.entries()) plant(pointers.get(index), tree);
}

/** The tree that a pointer leads to. */
export function harvest(pointer: AnyPointerReader): Tree {
  switch (pointer.content) {
    case "null":
      return { kind: "null" };
    case "capability":
      return { kind: "capability", index: pointer.asCapability() ?? -1 };
    case "struct":
      return { kind: "struct", struct: sectionsOf(pointer.as(AnyStruct)) };
    case "list":
      return harvestList(pointer);
  }
}

function harvestList(pointer: AnyPointerReader): Tree {
  switch (pointer.as(AnyList).elementSize) {
    case 0:
      return { kind: "void", length: pointer.as(VoidList).length };
    case 1:
      return { kind: "bits", values: pointer.as(BoolList).toArray() };
    case 2:
      return { kind: "numbers", bytes: 1, values: pointer.as(Uint8List).toArray() };
    case 3:
      return { kind: "numbers", bytes: 2, values: pointer.as(Uint16List).toArray() };
    case 4:
      return { kind: "numbers", bytes: 4, values: pointer.as(Uint32List).toArray() };
    case 5:
      return { kind: "bigints", values: pointer.as(Uint64List).toArray() };
    case 6:
      return { kind: "pointers", elements: pointer.as(listOf(AnyPointer)).toArray().map(harvest) };
    case 7:
      return {
        kind: "structs",
        elements: pointer.as(listOf(AnyStruct)).toArray().map(sectionsOf),
      };
  }
}

function sectionsOf(struct: AnyStructReader): Sections {
  const view = viewOf(struct.data);
  const data = Array.from({ length: struct.data.byteLength / 8 }, (_, index) => {
    return view.getBigUint64(index * 8, true);
  });
  return { data, pointers: struct.pointers.toArray().map(harvest) };
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const word = fc.oneof(fc.constant(0n), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }));

function sectionsArbitrary(
  tree: fc.Arbitrary<Tree>,
  dataWords: number,
  pointerCount: number,
): fc.Arbitrary<Sections> {
  return record({
    data: fc.array(word, { minLength: dataWords, maxLength: dataWords }),
    pointers: fc.array(tree, { minLength: pointerCount, maxLength: pointerCount }),
  });
}

const sizes = fc.tuple(fc.nat(3), fc.nat(3));

/** Any tree, some levels deep. */
export const trees: fc.Arbitrary<Tree> = fc.letrec<{ tree: Tree }>((tie) => {
  const tree = tie("tree");
  return {
    tree: fc.oneof(
      { depthSize: "small", withCrossShrink: true },
      fc.constant<Tree>({ kind: "null" }),
      record({ kind: fc.constant("capability" as const), index: fc.nat(2 ** 31 - 1) }),
      record({ kind: fc.constant("void" as const), length: fc.nat(100) }),
      record({ kind: fc.constant("bits" as const), values: fc.array(fc.boolean()) }),
      numbers(1),
      numbers(2),
      numbers(4),
      record({ kind: fc.constant("bigints" as const), values: fc.array(word) }),
      record({ kind: fc.constant("pointers" as const), elements: fc.array(tree) }),
      sizes.chain(([dataWords, pointerCount]) => {
        return record({
          kind: fc.constant("struct" as const),
          struct: sectionsArbitrary(tree, dataWords, pointerCount),
        });
      }),
      sizes.chain(([dataWords, pointerCount]) => {
        return record({
          kind: fc.constant("structs" as const),
          elements: fc.array(sectionsArbitrary(tree, dataWords, pointerCount)),
        });
      }),
    ),
  };
}).tree;

function numbers(bytes: 1 | 2 | 4): fc.Arbitrary<Tree> {
  return record({
    kind: fc.constant("numbers" as const),
    bytes: fc.constant(bytes),
    values: fc.array(fc.nat(2 ** (8 * bytes) - 1)),
  });
}

/** The same without capabilities, which have no canonical form. */
export function withoutCapabilities(tree: Tree): Tree {
  const within = (sections: Sections): Sections => {
    return { data: sections.data, pointers: sections.pointers.map(withoutCapabilities) };
  };
  switch (tree.kind) {
    case "capability":
      return { kind: "null" };
    case "struct":
      return { kind: "struct", struct: within(tree.struct) };
    case "pointers":
      return { kind: "pointers", elements: tree.elements.map(withoutCapabilities) };
    case "structs":
      return { kind: "structs", elements: tree.elements.map(within) };
    default:
      return tree;
  }
}

function record<T>(parts: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(parts, { noNullPrototype: true }) as fc.Arbitrary<T>;
}
