// Reads a message with generated classes into a tree, as the C++ oracle does.

import type { Member } from "#capnpc/generator/members.js";
import type { SchemaNode, SlotBody, StructBody, Type } from "#capnpc/generator/model.js";
import { pointerKind } from "#capnpc/generator/pointer-code.js";
import { type Bindings, boundType, innerBindings, type Tree } from "./random-trees.js";
import type { Generated, Schema } from "./schema.js";

export function readTree(
  schema: Schema,
  source: Generated,
  node: SchemaNode,
  bindings: Bindings = new Map(),
): Tree {
  const tree: Record<string, Tree> = {};
  const { discriminantCount } = node.body as StructBody;
  const which = discriminantCount > 0 ? source.which() : undefined;
  for (const member of schema.members(node).values()) {
    const { field, body, names } = member;
    if (field.discriminant !== undefined && field.discriminant !== which) continue;
    if (body.kind === "group") {
      tree[field.name] = readTree(schema, source[names.get], schema.node(body.id), bindings);
    } else if (pointerKind(body.type) === undefined || source[names.has]()) {
      tree[field.name] = readSlot(schema, source, { ...member, body }, bindings);
    }
  }
  return tree;
}

function readSlot(
  schema: Schema,
  source: Generated,
  { names, body }: Member<SlotBody>,
  bindings: Bindings,
): Tree {
  if (body.type.kind === "void") return null;
  const found = source[names.get];
  if (names.number !== undefined && Number.isSafeInteger(Number(found))) {
    if (BigInt(source[names.number]) !== found) throw new Error(`${names.number} is not ${found}`);
  }
  return treeOf(schema, found, body.type, bindings);
}

/** What a getter or a list gave, as a tree. */
function treeOf(schema: Schema, found: Generated, type: Type, bindings: Bindings): Tree {
  switch (type.kind) {
    case "void":
      return null;
    case "int64":
    case "uint64":
      return String(found);
    case "float32":
    case "float64":
      return bitsOf(found);
    case "data":
      return Buffer.from(found).toString("hex");
    case "struct":
      return readTree(schema, found, schema.node(type.id), innerBindings(type.brand, bindings));
    case "list":
      return [...found].map((each) => treeOf(schema, each, type.element, bindings));
    case "anyPointer":
    case "anyStruct":
    case "anyList":
      return { [found.content]: null };
    case "interface":
    case "capability":
      return { capability: null };
    case "parameter": {
      const bound = boundType(type, bindings);
      return bound === undefined
        ? { [found.content]: null }
        : treeOfPointer(schema, found, bound.type, bound.bindings);
    }
    default:
      return found;
  }
}

/** An AnyPointer that leads to what a type says. */
function treeOfPointer(schema: Schema, pointer: Generated, type: Type, bindings: Bindings): Tree {
  switch (type.kind) {
    case "text":
      return pointer.asText();
    case "data":
      return treeOf(schema, pointer.asData(), type, bindings);
    case "interface":
      return { capability: null };
    case "struct":
    case "list":
      return treeOf(schema, pointer.as(schema.pointerType(type, bindings)), type, bindings);
    default:
      return treeOf(schema, pointer, type, bindings);
  }
}

export function bitsOf(value: number): string {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  return view.getBigUint64(0).toString(16).padStart(16, "0");
}
