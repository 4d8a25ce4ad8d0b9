// What everything in every file is called in code.

import type { SchemaNode, SchemaRequest, StructBody } from "./model.js";
import { capitalized, fileNames, type NameTable } from "./names.js";
import { SchemaRequestError } from "./request-error.js";

/** The exported names of a struct or group. */
export interface StructNames {
  /** Of its type; a group has none, but its name stands before those of what is in it. */
  readonly type: string;
  readonly reader: string;
  readonly builder: string;
  /** Of the numbers of its union's members; taken in any case, so that a union may come later. */
  readonly which: string;
}

/** A node that code is made of, in the order of its file. */
export interface NamedNode {
  readonly node: SchemaNode;
  /** The names of the scopes around it, and its own: `Person.Phone`, `Person.employment`. */
  readonly path: string;
  readonly name: string;
}

/** The files of a request, with every node that is in one. */
export class NameBook {
  readonly #nodes: ReadonlyMap<bigint, SchemaNode>;
  readonly #fileIds = new Map<bigint, bigint>();
  readonly #structs = new Map<bigint, StructNames>();
  readonly #names = new Map<bigint, string>();
  readonly #files = new Map<bigint, NamedNode[]>();
  readonly #tables = new Map<bigint, NameTable>();

  constructor(request: SchemaRequest) {
    this.#nodes = request.nodes;
    for (const node of request.nodes.values()) {
      if (node.body.kind !== "file") continue;
      this.#files.set(node.id, []);
      this.#tables.set(node.id, fileNames());
      this.#nested(node, node, "", "");
    }
  }

  /** The file that a node is in; undefined for one that is in none. */
  fileOf(id: bigint): bigint | undefined {
    return this.#fileIds.get(id);
  }

  nodesOf(fileId: bigint): readonly NamedNode[] {
    return this.#files.get(fileId) ?? [];
  }

  /** The names that are taken in a file, to which it adds what it imports. */
  tableOf(fileId: bigint): NameTable {
    return this.#tables.get(fileId) ?? fileNames();
  }

  structNames(id: bigint): StructNames {
    const names = this.#structs.get(id);
    if (names === undefined) throw unlisted(this.#nodes.get(id), id);
    return names;
  }

  /** Of an enum, a constant or an interface. */
  nameOf(id: bigint): string {
    const name = this.#names.get(id);
    if (name === undefined) throw unlisted(this.#nodes.get(id), id);
    return name;
  }

  #nested(file: SchemaNode, node: SchemaNode, prefix: string, path: string): void {
    for (const { id, name } of node.nested) {
      const nested = this.#nodes.get(id);
      if (nested !== undefined) this.#node(file, nested, prefix + name, path + name);
    }
  }

  #node(file: SchemaNode, node: SchemaNode, wanted: string, path: string): void {
    const table = this.tableOf(file.id);
    this.#fileIds.set(node.id, file.id);
    let name = wanted;
    switch (node.body.kind) {
      case "struct":
        name = this.#struct(file, node, wanted);
        break;
      case "interface": {
        const [id = wanted] = table.claimAll(`${wanted}_id`, [(free) => free]);
        this.#names.set(node.id, id);
        break;
      }
      case "enum":
      case "const":
        name = table.claim(wanted);
        this.#names.set(node.id, name);
        break;
      default:
        return;
    }
    this.#files.get(file.id)?.push({ node, path, name });
    if (node.body.kind === "struct") this.#groups(file, node.body, name, path);
    this.#methods(file, node, name, path);
    this.#nested(file, node, `${name}_`, `${path}.`);
  }

  #struct(file: SchemaNode, node: SchemaNode, wanted: string): string {
    const [type = "", reader = "", builder = "", which = ""] = this.tableOf(file.id).claimAll(
      wanted,
      [
        (free) => free,
        (free) => `${free}Reader`,
        (free) => `${free}Builder`,
        (free) => `${free}_Which`,
      ],
    );
    this.#structs.set(node.id, { type, reader, builder, which });
    return type;
  }

  #groups(file: SchemaNode, body: StructBody, prefix: string, path: string): void {
    for (const { name, body: field } of body.fields) {
      const group = field.kind === "group" ? this.#nodes.get(field.id) : undefined;
      if (group === undefined) continue;
      this.#node(file, group, `${prefix}_${capitalized(name)}`, `${path}.${name}`);
    }
  }

  /** The structs that parameter lists make are in no scope: they go with their interface. */
  #methods(file: SchemaNode, node: SchemaNode, prefix: string, path: string): void {
    if (node.body.kind !== "interface") return;
    for (const { name, parameterStruct, resultStruct } of node.body.methods) {
      for (const [id, part] of [
        [parameterStruct, "Params"],
        [resultStruct, "Results"],
      ] as const) {
        const struct = this.#nodes.get(id);
        if (struct?.scopeId !== 0n || this.#fileIds.has(id)) continue;
        this.#node(file, struct, `${prefix}_${name}_${part}`, `${path}.${name}$${part}`);
      }
    }
  }
}

function unlisted(node: SchemaNode | undefined, id: bigint): SchemaRequestError {
  const name = node?.displayName ?? `0x${id.toString(16)}`;
  return new SchemaRequestError(
    `malformed CodeGeneratorRequest: ${JSON.stringify(name)} is used, but no scope lists it`,
  );
}
