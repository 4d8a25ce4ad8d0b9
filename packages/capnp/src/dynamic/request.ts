// What a CodeGeneratorRequest holds: its nodes by id, and the names by which programs ask for them.

import { CapnpError, CapnpRangeError } from "../errors.js";
import { MessageReader } from "../message-reader.js";
import { CodeGeneratorRequest, type NodeReader } from "../schema/schema.capnp.js";
import { elementsOf } from "./elements.js";

/** A file that the request was made for. */
export interface SchemaFile {
  readonly id: bigint;
  readonly filename: string;
}

/** The nodes of a request. */
export class SchemaRequest {
  /** The files that were compiled, without those that they import. */
  readonly files: readonly SchemaFile[];
  readonly #nodes = new Map<bigint, NodeReader>();
  /** Names within a file, with the ids of all that are called so; compiled files come first. */
  readonly #names = new Map<string, bigint[]>();

  constructor(bytes: Uint8Array) {
    // A copy, so that nobody changes a schema that was checked.
    const message = MessageReader.fromFlat(bytes.slice(), {
      traversalLimitWords: Number.POSITIVE_INFINITY,
    });
    const request = message.getRoot(CodeGeneratorRequest);
    for (const node of elementsOf(request.nodes)) this.#nodes.set(node.id, node);
    this.files = elementsOf(request.requestedFiles).map(({ id, filename }) => ({ id, filename }));
    if (this.#nodes.size === 0) {
      throw schemaError("the message is no CodeGeneratorRequest: it has no nodes");
    }
    const requested = new Set(this.files.map((file) => file.id));
    for (const isRequested of [true, false]) {
      for (const node of this.#nodes.values()) {
        const file = this.#fileOf(node);
        if (requested.has(file.id) === isRequested) this.#addName(node, file);
      }
    }
  }

  /** @throws CapnpError `ERR_TIDEMARK_CAPNP_SCHEMA` when there is no such node */
  node(id: bigint): NodeReader {
    const node = this.#nodes.get(id);
    if (node !== undefined) return node;
    throw schemaError(`the schema mentions 0x${id.toString(16)}, but does not hold it`);
  }

  hasNode(id: bigint): boolean {
    return this.#nodes.has(id);
  }

  get nodes(): Iterable<NodeReader> {
    return this.#nodes.values();
  }

  /**
   * The node of a name, as `Person.Phone`, or `people.capnp:Person` where files have equal names.
   * @throws CapnpRangeError when there is none, or more than one
   */
  find(name: string): NodeReader {
    const ids = this.#names.get(name) ?? [];
    const [first] = ids;
    if (first !== undefined) return this.node(first);
    throw new CapnpRangeError(`the schema has no ${name}: it has ${this.#closest()}`);
  }

  /** The name of a node within its file; those of groups and methods' structs included. */
  nameOf(node: NodeReader): string {
    const { displayName } = node;
    return displayName.slice(displayName.lastIndexOf(":") + 1);
  }

  #addName(node: NodeReader, file: NodeReader): void {
    if (node.id === file.id) return;
    const name = this.nameOf(node);
    for (const each of [name, `${file.displayName}:${name}`]) {
      const ids = this.#names.get(each);
      if (ids === undefined) this.#names.set(each, [node.id]);
      else ids.push(node.id);
    }
  }

  #fileOf(node: NodeReader): NodeReader {
    let current = node;
    // Scopes that lead in a circle end at some node: it is only asked for its name.
    for (let depth = 0; depth < 64 && current.scopeId !== 0n; depth++) {
      const scope = this.#nodes.get(current.scopeId);
      if (scope === undefined) break;
      current = scope;
    }
    return current;
  }

  #closest(): string {
    const names = [...this.#names.keys()].filter((name) => !name.includes(":"));
    const shown = names.slice(0, 20).join(", ");
    return names.length > 20 ? `${shown} and ${names.length - 20} more` : shown;
  }
}

export function schemaError(what: string): CapnpError {
  return new CapnpError("ERR_TIDEMARK_CAPNP_SCHEMA", what);
}
