// Goes through the declarations of two versions of a schema, old and new side by side.

import type { ChangeSeverity, SchemaChange } from "../schema-diff.js";
import {
  type DiffField,
  type DiffNode,
  type DiffRequest,
  type DiffType,
  nodeTags,
} from "./read-request.js";

const typeNames = [
  "Void",
  "Bool",
  "Int8",
  "Int16",
  "Int32",
  "Int64",
  "UInt8",
  "UInt16",
  "UInt32",
  "UInt64",
  "Float32",
  "Float64",
  "Text",
  "Data",
  "List",
  "enum",
  "struct",
  "interface",
  "AnyPointer",
] as const;

const listTag = 14;
const enumTag = 15;
const structTag = 16;
const textTag = 12;
const dataTag = 13;
const anyPointerTag = 18;
const kinds = ["file", "struct", "enum", "interface", "constant", "annotation"] as const;

/** Sizes as the encoding numbers them: of elements of a type's lists. */
const elementSizes = [0, 1, 2, 3, 4, 5, 2, 3, 4, 5, 4, 5, 6, 6, 6, 3, 7, 6, 6];

export class Comparison {
  readonly #before: DiffRequest;
  readonly #after: DiffRequest;
  readonly #changes: SchemaChange[] = [];
  readonly #pairs = new Map<bigint, DiffNode | undefined>();
  readonly #compared = new Set<bigint>();
  readonly #byName: ReadonlyMap<string, DiffNode>;

  constructor(before: DiffRequest, after: DiffRequest) {
    this.#before = before;
    this.#after = after;
    this.#byName = new Map([...after.nodes.values()].map((node) => [node.name, node]));
  }

  run(): SchemaChange[] {
    for (const node of this.#before.nodes.values()) {
      // Groups are compared with their struct, imported files in a comparison of their own.
      if (node.tag === nodeTags.file || node.isGroup) continue;
      this.#compareNode(node);
    }
    const known = new Set([...this.#pairs.values()].map((node) => node?.id));
    for (const node of this.#after.nodes.values()) {
      if (node.isGroup || node.tag === nodeTags.file || known.has(node.id)) continue;
      if (!this.#before.nodes.has(node.id)) this.#add("compatible", node.name, "is new.");
    }
    return this.#changes;
  }

  #add(severity: ChangeSeverity, path: string, message: string): void {
    this.#changes.push({ severity, path, message });
  }

  // By ID; by name, where that ID has gone and the name has got another.
  #twin(node: DiffNode): DiffNode | undefined {
    if (!this.#pairs.has(node.id)) {
      const named = this.#byName.get(node.name);
      const renumbered =
        named !== undefined && !this.#before.nodes.has(named.id) ? named : undefined;
      this.#pairs.set(node.id, this.#after.nodes.get(node.id) ?? renumbered);
    }
    return this.#pairs.get(node.id);
  }

  #compareNode(before: DiffNode): void {
    if (this.#compared.has(before.id)) return;
    this.#compared.add(before.id);
    const after = this.#twin(before);
    const kind = kinds[before.tag] ?? "declaration";
    if (after === undefined) {
      // Nothing in a message is lost with what is not in messages.
      const lost = before.tag === nodeTags.struct || before.tag === nodeTags.enum;
      const severity = lost || before.tag === nodeTags.interface ? "breaking" : "compatible";
      this.#add(severity, before.name, `the ${kind} has been removed.`);
      return;
    }
    if (after.tag !== before.tag) {
      this.#add("breaking", before.name, `was a ${kind}, is a ${kinds[after.tag]}.`);
      return;
    }
    if (after.name !== before.name) {
      this.#add("compatible", before.name, `is now named ${after.name}.`);
    } else if (after.id !== before.id) {
      const severity = before.tag === nodeTags.interface ? "breaking" : "compatible";
      this.#add(severity, before.name, "has another ID, and was recognised by its name.");
    }
    if (before.tag === nodeTags.struct) this.#compareStruct(before, after, before.name);
    if (before.tag === nodeTags.enum) this.#compareEnum(before, after);
    if (before.tag === nodeTags.interface) this.#compareInterface(before, after);
  }

  #compareStruct(before: DiffNode, after: DiffNode, path: string): void {
    if (!before.isGroup) this.#compareSizes(before, after, path);
    const hadUnion = before.discriminantCount > 0;
    if (hadUnion && before.discriminantOffset !== after.discriminantOffset) {
      this.#add("breaking", path, "the tag of the union has moved.");
    }
    const matched = new Set<DiffField>();
    for (const field of before.fields) {
      const twin = this.#fieldTwin(field, after);
      if (twin === undefined) {
        this.#add("breaking", `${path}.${field.name}`, "the field has been removed or moved.");
        continue;
      }
      matched.add(twin);
      this.#compareField(field, twin, `${path}.${field.name}`, hadUnion);
    }
    for (const field of after.fields) {
      if (!matched.has(field)) this.#add("compatible", `${path}.${field.name}`, "is new.");
    }
  }

  #compareSizes(before: DiffNode, after: DiffNode, path: string): void {
    const shrunk = after.dataWords < before.dataWords || after.pointerCount < before.pointerCount;
    if (!shrunk) return;
    const sizes = (node: DiffNode): string =>
      `${node.dataWords} words, ${node.pointerCount} pointers`;
    this.#add(
      "breaking",
      path,
      `has become smaller: ${sizes(before)} before, ${sizes(after)} now.`,
    );
  }

  // A field is what is at a place: it may have got another name, or a group around it.
  #fieldTwin(field: DiffField, after: DiffNode): DiffField | undefined {
    const isSame = (other: DiffField): boolean =>
      field.type !== undefined &&
      other.type?.tag === field.type.tag &&
      other.offset === field.offset &&
      other.discriminant === field.discriminant;
    const isAround = (other: DiffField): boolean =>
      other.type === undefined &&
      (this.#after.nodes.get(other.groupId)?.fields ?? []).some(
        (inner) => inner.name === field.name && isSame(inner),
      );
    return (
      after.fields.find(({ name }) => name === field.name) ??
      after.fields.find(isSame) ??
      after.fields.find(isAround)
    );
  }

  #compareField(before: DiffField, after: DiffField, path: string, hadUnion: boolean): void {
    const isField = before.type !== undefined && after.type !== undefined;
    if (isField && before.name !== after.name) {
      this.#add("compatible", path, `is now named ${after.name}.`);
    }
    this.#compareDiscriminant(before, after, path, hadUnion);
    if (before.type === undefined || after.type === undefined) {
      this.#compareGroups(before, after, path);
      return;
    }
    if (before.offset !== after.offset && !(before.type.tag === 0 && after.type.tag === 0)) {
      this.#add("breaking", path, `has moved from place ${before.offset} to ${after.offset}.`);
    }
    this.#compareTypes(before.type, after.type, path);
    if (before.type.tag === after.type.tag && before.defaultValue !== after.defaultValue) {
      this.#add("breaking", path, "has another default, which old messages do not mean.");
    }
  }

  #compareDiscriminant(before: DiffField, after: DiffField, path: string, hadUnion: boolean): void {
    if (before.discriminant === after.discriminant) return;
    // A field may get a union around it, if it is the one that old messages without a tag mean.
    if (before.discriminant === undefined && after.discriminant === 0 && !hadUnion) {
      this.#add("compatible", path, "is now in a union.");
    } else if (before.discriminant === undefined) {
      this.#add("breaking", path, "is now in a union, and not its first member.");
    } else if (after.discriminant === undefined) {
      this.#add("breaking", path, "is no longer in the union.");
    } else {
      const numbers = `${before.discriminant} before, ${after.discriminant} now`;
      this.#add("breaking", path, `has another number in its union: ${numbers}.`);
    }
  }

  #compareGroups(before: DiffField, after: DiffField, path: string): void {
    const group = this.#before.nodes.get(before.groupId);
    const twin = this.#after.nodes.get(after.groupId);
    if (before.type === undefined && after.type === undefined) {
      if (group !== undefined && twin !== undefined) this.#compareStruct(group, twin, path);
      return;
    }
    if (before.type !== undefined && twin !== undefined) {
      const inside = twin.fields.find((field) => {
        return field.offset === before.offset && field.type?.tag === before.type?.tag;
      });
      const isMember = inside?.discriminant === undefined || inside.discriminant === 0;
      if (inside !== undefined && isMember) {
        this.#compareTypes(before.type, inside.type ?? before.type, path);
        this.#add("compatible", path, `is now ${inside.name} in the group ${after.name}.`);
        return;
      }
    }
    const [was, is] = before.type === undefined ? ["group", "field"] : ["field", "group"];
    this.#add("breaking", path, `was a ${was}, is a ${is}.`);
  }

  #compareTypes(before: DiffType, after: DiffType, path: string): void {
    if (before.tag !== after.tag) {
      const severity = isReadableAs(before, after) ? "compatible" : "breaking";
      const names = `was ${this.#typeText(before)}, is ${this.#typeText(after)}.`;
      this.#add(severity, path, names);
      return;
    }
    if (before.element !== undefined && after.element !== undefined) {
      this.#compareElements(before.element, after.element, path);
    }
    if (before.tag < enumTag || before.tag === anyPointerTag) return;
    const old = this.#before.nodes.get(before.id);
    const twin = old && this.#twin(old);
    if (old === undefined || twin?.id === after.id) return;
    const name = this.#after.nodes.get(after.id)?.name ?? `0x${after.id.toString(16)}`;
    this.#add("breaking", path, `was of type ${old.name}, is of type ${name}.`);
  }

  // A list of anything but bits may become one of structs whose first field is that.
  #compareElements(before: DiffType, after: DiffType, path: string): void {
    if (before.tag === after.tag || after.tag !== structTag) {
      this.#compareTypes(before, after, `${path}[]`);
      return;
    }
    const [first] = this.#after.nodes.get(after.id)?.fields ?? [];
    const fits =
      first?.type !== undefined &&
      first.offset === 0 &&
      first.discriminant === undefined &&
      before.tag !== 1 &&
      elementSizes[first.type.tag] === elementSizes[before.tag];
    const types = `was a list of ${this.#typeText(before)}, is one of ${this.#typeText(after)}`;
    if (fits) this.#add("compatible", path, `${types}, whose first field that is.`);
    else this.#add("breaking", path, `${types}, whose first field is something else.`);
  }

  #typeText(type: DiffType): string {
    if (type.tag === listTag && type.element !== undefined) {
      return `List(${this.#typeText(type.element)})`;
    }
    const node = this.#before.nodes.get(type.id) ?? this.#after.nodes.get(type.id);
    return node?.name ?? typeNames[type.tag] ?? "unknown";
  }

  #compareEnum(before: DiffNode, after: DiffNode): void {
    for (const [number, name] of before.enumerants.entries()) {
      const twin = after.enumerants[number];
      const path = `${before.name}.${name}`;
      if (twin === undefined) this.#add("breaking", path, "the enumerant has been removed.");
      else if (twin === name) continue;
      else if (after.enumerants.includes(name) || before.enumerants.includes(twin)) {
        const now = after.enumerants.indexOf(name);
        const place = now < 0 ? `${twin} has its number` : `it is @${now} now`;
        this.#add("breaking", path, `was @${number}, but ${place}.`);
      } else this.#add("compatible", path, `is now named ${twin}.`);
    }
    for (const name of after.enumerants.slice(before.enumerants.length)) {
      this.#add("compatible", `${before.name}.${name}`, "is new.");
    }
  }

  #compareInterface(before: DiffNode, after: DiffNode): void {
    for (const [number, method] of before.methods.entries()) {
      const twin = after.methods[number];
      const path = `${before.name}.${method.name}`;
      if (twin === undefined) {
        this.#add("breaking", path, "the method has been removed.");
        continue;
      }
      if (twin.name !== method.name) this.#add("compatible", path, `is now named ${twin.name}.`);
      for (const [i, id] of method.types.entries()) this.#compareSignature(path, id, twin.types[i]);
    }
    for (const { name } of after.methods.slice(before.methods.length)) {
      this.#add("compatible", `${before.name}.${name}`, "is new.");
    }
    for (const id of before.superclasses) {
      if (after.superclasses.includes(id)) continue;
      const name = this.#before.nodes.get(id)?.name ?? "an interface";
      this.#add("breaking", before.name, `no longer extends ${name}.`);
    }
  }

  // Parameters and results are structs, of which only the fields matter.
  #compareSignature(path: string, before: bigint, after: bigint | undefined): void {
    const old = this.#before.nodes.get(before);
    const now = after === undefined ? undefined : this.#after.nodes.get(after);
    if (old === undefined || now === undefined) return;
    if (old.id === now.id) {
      this.#compareNode(old);
      return;
    }
    this.#pairs.set(old.id, now);
    this.#compared.add(old.id);
    this.#compareStruct(old, now, path);
  }
}

// Pointers whose bits are read alike.
function isReadableAs(before: DiffType, after: DiffType): boolean {
  if (after.tag === anyPointerTag) return before.tag >= textTag && before.tag !== enumTag;
  if (before.tag === textTag && after.tag === dataTag) return true;
  return before.tag === enumTag && after.tag === 7;
}
