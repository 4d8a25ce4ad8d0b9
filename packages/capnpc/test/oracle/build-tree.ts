// Builds a tree with generated classes, in the order in which the C++ oracle builds it.

import type { Member } from "#capnpc/generator/members.js";
import type { SchemaNode, SlotBody, Type } from "#capnpc/generator/model.js";
import { pointerKind } from "#capnpc/generator/pointer-code.js";
import {
  type Bindings,
  boundType,
  innerBindings,
  type Tree,
  type TreeObject,
} from "./random-trees.js";
import type { Generated, Schema } from "./schema.js";

const unbound: Bindings = new Map();

/** Sets the fields of the tree, one after the other. */
export function buildTree(
  schema: Schema,
  target: Generated,
  node: SchemaNode,
  tree: TreeObject,
  bindings: Bindings = unbound,
): void {
  const members = schema.members(node);
  for (const [name, value] of Object.entries(tree)) {
    const member = members.get(name);
    if (member === undefined) throw new Error(`${node.displayName} has no field ${name}`);
    const { body, names } = member;
    if (body.kind === "group") {
      const group = target[names.init]();
      buildTree(schema, group, schema.node(body.id), value as TreeObject, bindings);
    } else {
      buildSlot(schema, target, { ...member, body }, value, bindings);
    }
  }
}

function buildSlot(
  schema: Schema,
  target: Generated,
  { names, field, body }: Member<SlotBody>,
  tree: Tree,
  bindings: Bindings,
): void {
  const { type } = body;
  switch (pointerKind(type)) {
    case "struct": {
      const { id, brand } = type as Type & { kind: "struct" };
      const inner = innerBindings(brand, bindings);
      buildTree(schema, target[names.init](), schema.node(id), tree as TreeObject, inner);
      return;
    }
    case "list": {
      const elements = tree as readonly Tree[];
      const list = target[names.init](elements.length);
      buildList(schema, list, (type as Type & { kind: "list" }).element, elements, bindings);
      return;
    }
    case "any": {
      const bound = boundType(type, bindings);
      const pointer = target[names.init]();
      if (bound === undefined) buildAny(schema, pointer, tree);
      else buildPointer(schema, pointer, bound.type, tree, bound.bindings);
      return;
    }
    default:
      if (type.kind === "void") {
        if (field.discriminant !== undefined) target[names.set]();
      } else if (names.number !== undefined && Number.isSafeInteger(Number(tree))) {
        // Half of them by each of the two ways.
        target[names.number] = Number(tree);
      } else {
        target[names.get] = value(type, tree);
      }
  }
}

function buildList(
  schema: Schema,
  list: Generated,
  element: Type,
  elements: readonly Tree[],
  bindings: Bindings,
): void {
  for (const [index, tree] of elements.entries()) {
    if (element.kind === "struct") {
      const inner = innerBindings(element.brand, bindings);
      buildTree(schema, list.get(index), schema.node(element.id), tree as TreeObject, inner);
    } else if (element.kind === "list") {
      const inside = tree as readonly Tree[];
      const made = list.init(index, inside.length);
      buildList(schema, made, element.element, inside, bindings);
    } else if (element.kind !== "void") {
      list.set(index, value(element, tree));
    }
  }
}

/** An AnyPointer that leads to what a type says. */
function buildPointer(
  schema: Schema,
  pointer: Generated,
  type: Type,
  tree: Tree,
  bindings: Bindings,
): void {
  switch (type.kind) {
    case "text":
      pointer.setText(tree);
      return;
    case "data":
      pointer.setData(value(type, tree));
      return;
    case "struct": {
      const made = pointer.initStruct(schema.structType(type.id));
      const inner = innerBindings(type.brand, bindings);
      buildTree(schema, made, schema.node(type.id), tree as TreeObject, inner);
      return;
    }
    case "list": {
      const elements = tree as readonly Tree[];
      const list = pointer.initList(schema.pointerType(type, bindings), elements.length);
      buildList(schema, list, type.element, elements, bindings);
      return;
    }
    default:
      buildAny(schema, pointer, tree);
  }
}

function buildAny(schema: Schema, pointer: Generated, tree: Tree): void {
  const [[kind, content] = ["", null]] = Object.entries(tree as TreeObject);
  if (kind === "text") {
    pointer.setText(content);
  } else if (kind === "data") {
    pointer.setData(Buffer.from(content as string, "hex"));
  } else {
    const parts = content as readonly Tree[];
    const node = schema.named(parts[0] as string);
    if (kind === "struct") {
      const type: Type = { kind: "struct", id: node.id, brand: new Map() };
      buildPointer(schema, pointer, type, parts[1] as Tree, unbound);
    } else {
      const { body } = schema.members(node).get(parts[1] as string) as Member<SlotBody>;
      buildPointer(schema, pointer, body.type, parts[2] as Tree, unbound);
    }
  }
}

function value(type: Type, tree: Tree): Generated {
  switch (type.kind) {
    case "int64":
    case "uint64":
      return BigInt(tree as string);
    case "float32":
    case "float64":
      return Number(tree);
    case "data":
      return Buffer.from(tree as string, "hex");
    default:
      return tree;
  }
}
