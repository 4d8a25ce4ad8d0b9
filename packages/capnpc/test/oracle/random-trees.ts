// Random values of any struct of a schema, as the trees that conformance/oracle/tree.h describes.

import fc from "fast-check";
import type {
  Brand,
  Field,
  SchemaNode,
  SchemaRequest,
  StructBody,
  Type,
} from "#capnpc/generator/model.js";

export type Tree = null | boolean | number | string | readonly Tree[] | TreeObject;
export interface TreeObject {
  readonly [field: string]: Tree;
}

/** How type parameters are bound where a type is met. */
export type Bindings = ReadonlyMap<bigint, readonly (BoundType | undefined)[]>;

export interface BoundType {
  readonly type: Type;
  readonly bindings: Bindings;
}

/** Trees of the struct with this name, such as "Person.Phone", in any order of its fields. */
export function treesOf(request: SchemaRequest, name: string, depth = 3): fc.Arbitrary<TreeObject> {
  return new TreeMaker(request).struct(structNamed(request, name), new Map(), depth);
}

export function structNamed(request: SchemaRequest, name: string): SchemaNode {
  for (const node of request.nodes.values()) {
    if (node.displayName.endsWith(`:${name}`) && node.body.kind === "struct") return node;
  }
  throw new Error(`no struct is named ${name}`);
}

/** What a type parameter is bound to; undefined where it is to nothing, and for other types. */
export function boundType(type: Type, bindings: Bindings): BoundType | undefined {
  return type.kind === "parameter" ? bindings.get(type.scopeId)?.[type.index] : undefined;
}

/** What is bound inside a type of this brand, which is met where `bindings` hold. */
export function innerBindings(brand: Brand, bindings: Bindings): Bindings {
  const inner = new Map<bigint, readonly (BoundType | undefined)[]>();
  for (const [scope, binding] of brand) {
    if (binding === "inherit") {
      const inherited = bindings.get(scope);
      if (inherited !== undefined) inner.set(scope, inherited);
    } else {
      const bound = binding.map((type) => {
        return type === undefined ? undefined : (boundType(type, bindings) ?? { type, bindings });
      });
      inner.set(scope, bound);
    }
  }
  return inner;
}

class TreeMaker {
  readonly #request: SchemaRequest;

  constructor(request: SchemaRequest) {
    this.#request = request;
  }

  struct(node: SchemaNode, bindings: Bindings, depth: number): fc.Arbitrary<TreeObject> {
    const { fields } = node.body as StructBody;
    const outside = fields.filter((field) => field.discriminant === undefined);
    const inside = fields.filter((field) => field.discriminant !== undefined);
    const union = inside.length === 0 ? fc.constant(undefined) : fc.constantFrom(...inside);
    return fc
      .tuple(fc.shuffledSubarray(outside), union)
      .chain(([chosen, member]) =>
        fc.shuffledSubarray(member === undefined ? chosen : [...chosen, member]),
      )
      .chain((chosen) => {
        const entries = chosen.flatMap((field) => {
          const value = this.#field(field, bindings, depth);
          return value === undefined
            ? []
            : [value.map((tree): [string, Tree] => [field.name, tree])];
        });
        return fc.tuple(...entries).map((each) => Object.fromEntries(each));
      });
  }

  #field(field: Field, bindings: Bindings, depth: number): fc.Arbitrary<Tree> | undefined {
    if (field.body.kind === "slot") return this.#value(field.body.type, bindings, depth);
    // The fields of a group cost no depth: they are in the same struct.
    return this.struct(this.#node(field.body.id), bindings, depth);
  }

  /** Undefined where nothing can be built: what is too deep, and capabilities. */
  #value(type: Type, bindings: Bindings, depth: number): fc.Arbitrary<Tree> | undefined {
    switch (type.kind) {
      case "void":
        return fc.constant(null);
      case "bool":
        return fc.boolean();
      case "text":
        return texts;
      case "data":
        return datas;
      case "enum":
        return fc.integer({ min: 0, max: 3 });
      case "struct":
        return depth > 0 ? this.#struct(type.id, type.brand, bindings, depth) : undefined;
      case "list":
        return depth > 0 ? this.#list(type.element, bindings, depth - 1) : undefined;
      case "parameter": {
        const bound = boundType(type, bindings);
        return bound === undefined
          ? this.#anyPointer(depth)
          : this.#value(bound.type, bound.bindings, depth);
      }
      case "anyPointer":
        return this.#anyPointer(depth);
      case "interface":
      case "capability":
      case "anyStruct":
      case "anyList":
        return undefined;
      default:
        return numbers[type.kind];
    }
  }

  #struct(id: bigint, brand: Brand, bindings: Bindings, depth: number): fc.Arbitrary<Tree> {
    const inner = innerBindings(brand, bindings);
    return this.struct(this.#node(id), inner, depth - 1);
  }

  #list(element: Type, bindings: Bindings, depth: number): fc.Arbitrary<Tree> | undefined {
    // An element of a list cannot be left out: what is too deep makes the list empty.
    const value = this.#value(element, bindings, depth);
    return value === undefined ? fc.constant([]) : fc.array(value, { maxLength: 5 });
  }

  #anyPointer(depth: number): fc.Arbitrary<Tree> {
    const kinds: fc.Arbitrary<Tree>[] = [
      texts.map((text) => ({ text })),
      datas.map((data) => ({ data })),
    ];
    const holder = [...this.#request.nodes.values()].find((node) => node.shortName === "Lists");
    if (depth > 0 && holder !== undefined) {
      const body = holder.body as StructBody;
      for (const { name, body: slot } of body.fields) {
        if (slot.kind !== "slot") continue;
        const value = this.#value(slot.type, new Map(), depth);
        if (value !== undefined) kinds.push(value.map((tree) => ({ list: ["Lists", name, tree] })));
      }
      const lists = this.struct(holder, new Map(), depth - 1);
      kinds.push(lists.map((tree) => ({ struct: ["Lists", tree] })));
    }
    return fc.oneof(...kinds);
  }

  #node(id: bigint): SchemaNode {
    const node = this.#request.nodes.get(id);
    if (node === undefined) throw new Error(`no node has the id ${id}`);
    return node;
  }
}

const texts = fc.oneof(
  fc.string({ maxLength: 20 }),
  fc.string({ unit: "binary", maxLength: 12 }),
  fc.string({ unit: "grapheme", minLength: 30, maxLength: 80 }),
);

const datas = fc.uint8Array({ maxLength: 20 }).map((bytes) => Buffer.from(bytes).toString("hex"));

function integers(min: number, max: number): fc.Arbitrary<Tree> {
  return fc.oneof(fc.constantFrom(min, max, 0, 1), fc.integer({ min, max }));
}

function bigints(min: bigint, max: bigint): fc.Arbitrary<Tree> {
  return fc.oneof(fc.constantFrom(min, max, 0n), fc.bigInt({ min, max })).map(String);
}

/** With the sign of zero, and as digits that both sides read alike. */
export function floatText(value: number): string {
  return Object.is(value, -0) ? "-0" : String(value);
}

const numbers = {
  int8: integers(-128, 127),
  int16: integers(-32768, 32767),
  int32: integers(-2147483648, 2147483647),
  int64: bigints(-(2n ** 63n), 2n ** 63n - 1n),
  uint8: integers(0, 255),
  uint16: integers(0, 65535),
  uint32: integers(0, 4294967295),
  uint64: bigints(0n, 2n ** 64n - 1n),
  float32: fc.float().map(floatText),
  float64: fc.double().map(floatText),
} as const;
