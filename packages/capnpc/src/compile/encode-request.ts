// A request as the message that plugins read. Bit offsets and pointer indexes are schema.capnp's.

import { newStruct, type ObjectPointer, type StructObject, textObject } from "./object.js";
import { writeMessage } from "./object-message.js";
import type {
  AppliedAnnotation,
  Request,
  RequestEnumerant,
  RequestField,
  RequestMethod,
  RequestNode,
  RequestSourceInfo,
  RequestStruct,
  SchemaValue,
} from "./request.js";
import type { Brand, SchemaType } from "./schema-type.js";
import { objectOf } from "./stored-value.js";

const kinds = `
  void bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 float32 float64
  text data list enum struct interface anyPointer`;

/** Of types and of values alike. */
const typeTags: Readonly<Record<string, number>> = Object.fromEntries(
  kinds
    .trim()
    .split(/\s+/)
    .map((kind, tag) => [kind, tag]),
);

const nodeTags = { file: 0, struct: 1, enum: 2, interface: 3, const: 4, annotation: 5 } as const;
const anyPointerTags = { anyKind: 0, struct: 1, list: 2, capability: 3 } as const;
const annotationTargets =
  "file const enum enumerant struct field union group interface method param annotation".split(" ");
const inlineComposite = 7;
const noDiscriminant = 0xffff;

/** The request as a message in stream framing. */
export function encodeRequest(request: Request): Uint8Array {
  const { major, minor, micro } = request.capnpVersion;
  const version = new Filler(1, 0).uint16(0, major).uint8(16, minor).uint8(24, micro);
  const root = new Filler(0, 4)
    .list(0, request.nodes.map(encodeNode), sizes.node)
    .list(1, request.requestedFiles.map(encodeFile), sizes.file)
    .object(2, version.made)
    .list(3, request.sourceInfo.map(encodeSourceInfo), sizes.sourceInfo);
  return writeMessage(root.made);
}

/** Sizes of structs in words and pointers. */
const sizes = {
  node: [5, 6],
  nested: [1, 1],
  sourceInfo: [1, 2],
  field: [3, 4],
  enumerant: [1, 2],
  superclass: [1, 1],
  method: [3, 5],
  type: [3, 1],
  brand: [0, 1],
  scope: [2, 1],
  binding: [1, 1],
  value: [2, 1],
  annotation: [1, 2],
  file: [1, 2],
  import: [1, 1],
  named: [0, 1],
} as const;

type Size = readonly [number, number];

/** Fills a struct: offsets are in bits, as `capnp compile -ocapnp` shows them. */
class Filler {
  readonly made: StructObject;
  readonly #view: DataView;

  constructor(dataWords: number, pointerCount: number) {
    this.made = newStruct(dataWords, pointerCount);
    this.#view = new DataView(this.made.data.buffer);
  }

  static of([dataWords, pointerCount]: Size): Filler {
    return new Filler(dataWords, pointerCount);
  }

  bit(bit: number, value: boolean): this {
    if (value) this.uint8(bit & ~7, this.#view.getUint8(bit >> 3) | (1 << (bit & 7)));
    return this;
  }

  uint8(bit: number, value: number): this {
    this.#view.setUint8(bit >> 3, value);
    return this;
  }

  uint16(bit: number, value: number): this {
    this.#view.setUint16(bit >> 3, value, true);
    return this;
  }

  uint32(bit: number, value: number): this {
    this.#view.setUint32(bit >> 3, value, true);
    return this;
  }

  uint64(bit: number, value: bigint): this {
    this.#view.setBigUint64(bit >> 3, BigInt.asUintN(64, value), true);
    return this;
  }

  float32(bit: number, value: number): this {
    this.#view.setFloat32(bit >> 3, value, true);
    return this;
  }

  float64(bit: number, value: number): this {
    this.#view.setFloat64(bit >> 3, value, true);
    return this;
  }

  object(index: number, value: ObjectPointer): this {
    this.made.pointers[index] = value;
    return this;
  }

  text(index: number, value: string): this {
    return this.object(index, textObject(new TextEncoder().encode(value)));
  }

  list(index: number, structs: readonly StructObject[], [dataWords, pointerCount]: Size): this {
    return this.object(index, { kind: "structs", dataWords, pointerCount, structs });
  }

  /** A list that is left out when it is empty. */
  someList(index: number, structs: readonly StructObject[], size: Size): this {
    return structs.length === 0 ? this : this.list(index, structs, size);
  }
}

function encodeNode(node: RequestNode): StructObject {
  const filler = Filler.of(sizes.node)
    .uint64(0, node.id)
    .text(0, node.displayName)
    .uint32(64, node.displayNamePrefixLength)
    .uint64(128, node.scopeId)
    .bit(288, node.isGeneric)
    .uint16(96, nodeTags[node.body.kind])
    .someList(2, node.annotations.map(encodeAnnotation), sizes.annotation)
    .someList(5, node.parameters.map(encodeName), sizes.named);
  if (node.nestedNodes !== undefined) {
    filler.list(1, node.nestedNodes.map(encodeNested), sizes.nested);
  }
  encodeNodeBody(filler, node.body);
  return filler.made;
}

function encodeNodeBody(filler: Filler, body: RequestNode["body"]): void {
  switch (body.kind) {
    case "file":
      return;
    case "struct":
      encodeStruct(filler, body);
      return;
    case "enum":
      filler.list(3, body.enumerants.map(encodeEnumerant), sizes.enumerant);
      return;
    case "interface":
      filler
        .list(3, body.methods.map(encodeMethod), sizes.method)
        .list(4, body.superclasses.map(encodeSuperclass), sizes.superclass);
      return;
    case "const":
      filler.object(3, encodeType(body.type)).object(4, encodeValue(body.value));
      return;
    case "annotation":
      filler.object(3, encodeType(body.type));
      for (const [i, target] of annotationTargets.entries()) {
        filler.bit(112 + i, body.targets.has(target));
      }
  }
}

function encodeStruct(filler: Filler, struct: RequestStruct): void {
  filler
    .uint16(112, struct.dataWordCount)
    .uint16(192, struct.pointerCount)
    .uint16(208, inlineComposite)
    .bit(224, struct.isGroup)
    .uint16(240, struct.discriminantCount)
    .uint32(256, struct.discriminantOffset)
    .someList(3, struct.fields.map(encodeField), sizes.field);
}

function encodeField(field: RequestField): StructObject {
  const { body, ordinal, discriminantValue = noDiscriminant } = field;
  const filler = Filler.of(sizes.field)
    .text(0, field.name)
    .uint16(0, field.codeOrder)
    .uint16(16, discriminantValue ^ noDiscriminant)
    .someList(1, field.annotations.map(encodeAnnotation), sizes.annotation);
  if (ordinal !== undefined) filler.uint16(80, 1).uint16(96, ordinal);
  if (body.kind === "group") return filler.uint16(64, 1).uint64(128, body.typeId).made;
  return filler
    .uint32(32, body.offset)
    .object(2, encodeType(body.type))
    .object(3, encodeValue(body.defaultValue))
    .bit(128, body.hadExplicitDefault).made;
}

function encodeEnumerant(enumerant: RequestEnumerant): StructObject {
  return Filler.of(sizes.enumerant)
    .text(0, enumerant.name)
    .uint16(0, enumerant.codeOrder)
    .someList(1, enumerant.annotations.map(encodeAnnotation), sizes.annotation).made;
}

function encodeMethod(method: RequestMethod): StructObject {
  return Filler.of(sizes.method)
    .text(0, method.name)
    .uint16(0, method.codeOrder)
    .someList(1, method.annotations.map(encodeAnnotation), sizes.annotation)
    .uint64(64, method.paramStructType)
    .object(2, encodeBrand(method.paramBrand))
    .uint64(128, method.resultStructType)
    .object(3, encodeBrand(method.resultBrand))
    .list(4, method.implicitParameters.map(encodeName), sizes.named).made;
}

function encodeSuperclass(superclass: {
  readonly id: bigint;
  readonly brand: Brand;
}): StructObject {
  return Filler.of(sizes.superclass)
    .uint64(0, superclass.id)
    .object(0, encodeBrand(superclass.brand)).made;
}

function encodeName(name: string): StructObject {
  return Filler.of(sizes.named).text(0, name).made;
}

function encodeNested({ name, id }: { readonly name: string; readonly id: bigint }): StructObject {
  return Filler.of(sizes.nested).text(0, name).uint64(0, id).made;
}

function encodeAnnotation({ id, brand, value }: AppliedAnnotation): StructObject {
  return Filler.of(sizes.annotation)
    .uint64(0, id)
    .object(0, encodeValue(value))
    .object(1, encodeBrand(brand) ?? Filler.of(sizes.brand).made).made;
}

function encodeType(type: SchemaType): StructObject {
  const filler = Filler.of(sizes.type).uint16(
    0,
    typeTags[type.kind] ?? typeTags["anyPointer"] ?? 0,
  );
  switch (type.kind) {
    case "list":
      return filler.object(0, encodeType(type.element)).made;
    case "enum":
    case "struct":
    case "interface":
      return filler.uint64(64, type.node.id).object(0, encodeBrand(type.brand)).made;
    case "anyPointer":
      return filler.uint16(80, anyPointerTags[type.constraint]).made;
    case "parameter":
      return filler.uint16(64, 1).uint64(128, type.scopeId).uint16(80, type.index).made;
    case "implicit":
      return filler.uint16(64, 2).uint16(80, type.index).made;
    default:
      return filler.made;
  }
}

function encodeBrand(brand: Brand): StructObject | null {
  if (brand.length === 0) return null;
  const scopes = brand.map(({ scopeId, bindings }) => {
    const scope = Filler.of(sizes.scope).uint64(0, scopeId);
    if (bindings === undefined) return scope.uint16(64, 1).made;
    return scope.list(0, bindings.map(encodeBinding), sizes.binding).made;
  });
  return Filler.of(sizes.brand).list(0, scopes, sizes.scope).made;
}

function encodeBinding(type: SchemaType | undefined): StructObject {
  const filler = Filler.of(sizes.binding);
  if (type !== undefined) filler.uint16(0, 1).object(0, encodeType(type));
  return filler.made;
}

function encodeValue(value: SchemaValue): StructObject {
  const filler = Filler.of(sizes.value).uint16(0, typeTags[value.kind] ?? 0);
  switch (value.kind) {
    case "bool":
      return filler.bit(16, value.value).made;
    case "int8":
    case "uint8":
      return filler.uint8(16, value.value).made;
    case "int16":
    case "uint16":
    case "enum":
      return filler.uint16(16, value.value).made;
    case "int32":
    case "uint32":
      return filler.uint32(32, value.value).made;
    case "int64":
    case "uint64":
      return filler.uint64(64, value.value).made;
    case "float32":
      return filler.float32(32, value.value).made;
    case "float64":
      return filler.float64(64, value.value).made;
    default:
      return filler.object(0, objectOf(value)).made;
  }
}

function encodeFile(file: Request["requestedFiles"][number]): StructObject {
  return Filler.of(sizes.file)
    .uint64(0, file.id)
    .text(0, file.filename)
    .list(1, file.imports.map(encodeNested), sizes.import).made;
}

function encodeSourceInfo(info: RequestSourceInfo): StructObject {
  const filler = Filler.of(sizes.sourceInfo).uint64(0, info.id);
  if (info.docComment !== undefined) filler.text(0, info.docComment);
  if (info.members !== undefined) {
    const members = info.members.map((docComment) => {
      const member = Filler.of(sizes.named);
      if (docComment !== undefined) member.text(0, docComment);
      return member.made;
    });
    filler.list(1, members, sizes.named);
  }
  return filler.made;
}
