// What a comparison needs of a CodeGeneratorRequest, read from its message.

import { CapnpRangeError } from "@tidemark/capnp";
import type { ListObject, ObjectPointer, StructObject } from "../compile/object.js";
import { readRoot } from "../compile/object-message.js";

export interface DiffType {
  /** Number in the union of schema.capnp's Type. */
  readonly tag: number;
  /** Of an enum, struct or interface. */
  readonly id: bigint;
  readonly element: DiffType | undefined;
}

export interface DiffField {
  readonly name: string;
  /** Undefined outside of unions. */
  readonly discriminant: number | undefined;
  /** Undefined: a group, whose node has this ID. */
  readonly type: DiffType | undefined;
  readonly groupId: bigint;
  readonly offset: number;
  /** The default, of the field's type: comparable as text. */
  readonly defaultValue: string;
}

export interface DiffNode {
  readonly id: bigint;
  readonly name: string;
  readonly scopeId: bigint;
  readonly tag: number;
  readonly isGroup: boolean;
  readonly dataWords: number;
  readonly pointerCount: number;
  readonly discriminantCount: number;
  readonly discriminantOffset: number;
  readonly fields: readonly DiffField[];
  /** Of an enum, in the order of their numbers. */
  readonly enumerants: readonly string[];
  readonly methods: readonly { readonly name: string; readonly types: readonly bigint[] }[];
  readonly superclasses: readonly bigint[];
}

export const nodeTags = { file: 0, struct: 1, enum: 2, interface: 3, const: 4, annotation: 5 };

export interface DiffRequest {
  readonly nodes: ReadonlyMap<bigint, DiffNode>;
  /** IDs of the files that were compiled. */
  readonly files: ReadonlySet<bigint>;
}

/** @throws CapnpRangeError */
export function readRequest(message: Uint8Array, what: string): DiffRequest {
  const root = message instanceof Uint8Array ? readRoot(message) : "it is not a Uint8Array";
  if (typeof root === "string" || root?.kind !== "struct") {
    const why = typeof root === "string" ? root : "its root is not a struct";
    throw new CapnpRangeError(`${what} must be the message of a CodeGeneratorRequest: ${why}`);
  }
  const nodes = structsAt(root, 0).map(readNode);
  const files = structsAt(root, 1).map((file) => uint64(file, 0));
  return { nodes: new Map(nodes.map((node) => [node.id, node])), files: new Set(files) };
}

function readNode(node: StructObject): DiffNode {
  const tag = uint16(node, 96);
  const displayName = textAt(node, 0);
  const colon = displayName.indexOf(":");
  const isStruct = tag === nodeTags.struct;
  return {
    id: uint64(node, 0),
    name: colon < 0 ? displayName : displayName.slice(colon + 1),
    scopeId: uint64(node, 128),
    tag,
    isGroup: isStruct && (uint16(node, 224) & 1) === 1,
    dataWords: isStruct ? uint16(node, 112) : 0,
    pointerCount: isStruct ? uint16(node, 192) : 0,
    discriminantCount: isStruct ? uint16(node, 240) : 0,
    discriminantOffset: isStruct ? uint32(node, 256) : 0,
    fields: isStruct ? structsAt(node, 3).map(readField) : [],
    enumerants: tag === nodeTags.enum ? structsAt(node, 3).map((one) => textAt(one, 0)) : [],
    methods: tag === nodeTags.interface ? structsAt(node, 3).map(readMethod) : [],
    superclasses: tag === nodeTags.interface ? structsAt(node, 4).map((one) => uint64(one, 0)) : [],
  };
}

function readField(field: StructObject): DiffField {
  const discriminant = uint16(field, 16) ^ 0xffff;
  const type = structAt(field, 2);
  const isGroup = uint16(field, 64) === 1;
  return {
    name: textAt(field, 0),
    discriminant: discriminant === 0xffff ? undefined : discriminant,
    type: isGroup || type === undefined ? undefined : readType(type),
    groupId: isGroup ? uint64(field, 128) : 0n,
    offset: uint32(field, 32),
    defaultValue: isGroup ? "" : valueText(field.pointers[3] ?? null),
  };
}

function readType(type: StructObject): DiffType {
  const element = structAt(type, 0);
  const tag = uint16(type, 0);
  const isList = tag === 14;
  return {
    tag,
    id: tag >= 15 && tag <= 17 ? uint64(type, 64) : 0n,
    element: isList && element !== undefined ? readType(element) : undefined,
  };
}

function readMethod(method: StructObject): DiffNode["methods"][number] {
  return { name: textAt(method, 0), types: [uint64(method, 64), uint64(method, 128)] };
}

// Zeros at the end mean nothing.
function valueText(value: ObjectPointer): string {
  if (value === null) return "";
  const hex = (data: Uint8Array): string =>
    Array.from(data, (byte) => byte.toString(16).padStart(2, "0"))
      .join("")
      .replace(/(00)+$/, "");
  if (value.kind === "scalars") return `${value.length}:${hex(value.data)}`;
  const inner = value.kind === "structs" ? value.structs : value.pointers;
  const data = value.kind === "struct" ? hex(value.data) : "";
  return `(${data},${inner.map(valueText).join(",")})`.replace(/,+\)$/, ")");
}

function viewOf(struct: StructObject, end: number): DataView {
  const data = new Uint8Array(Math.max(end, struct.data.length));
  data.set(struct.data);
  return new DataView(data.buffer);
}

function uint16(struct: StructObject, bit: number): number {
  return viewOf(struct, (bit >> 3) + 2).getUint16(bit >> 3, true);
}

function uint32(struct: StructObject, bit: number): number {
  return viewOf(struct, (bit >> 3) + 4).getUint32(bit >> 3, true);
}

function uint64(struct: StructObject, bit: number): bigint {
  return viewOf(struct, (bit >> 3) + 8).getBigUint64(bit >> 3, true);
}

function structAt(struct: StructObject, index: number): StructObject | undefined {
  const found = struct.pointers[index] ?? null;
  return found?.kind === "struct" ? found : undefined;
}

function structsAt(struct: StructObject, index: number): readonly StructObject[] {
  const found: StructObject | ListObject | null = struct.pointers[index] ?? null;
  return found?.kind === "structs" ? found.structs : [];
}

function textAt(struct: StructObject, index: number): string {
  const found = struct.pointers[index] ?? null;
  if (found?.kind !== "scalars") return "";
  return new TextDecoder().decode(found.data.subarray(0, Math.max(0, found.length - 1)));
}
