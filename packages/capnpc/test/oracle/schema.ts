// The conformance schemas with the classes that were generated for them, looked up by name.

import { AnyPointer, type StructType } from "@tidemark/capnp";
import * as generated from "@tidemark/capnp/generated";
import * as allTypes from "@tidemark/testing/schemas/all-types.capnp.js";
import * as evolutionNew from "@tidemark/testing/schemas/evolution-new.capnp.js";
import * as evolutionOld from "@tidemark/testing/schemas/evolution-old.capnp.js";
import * as generics from "@tidemark/testing/schemas/generics.capnp.js";
import * as names from "@tidemark/testing/schemas/names.capnp.js";
import * as person from "@tidemark/testing/schemas/person.capnp.js";
import * as shapes from "@tidemark/testing/schemas/shapes.capnp.js";
import { type Member, membersOf } from "#capnpc/generator/members.js";
import type { SchemaNode, SchemaRequest, StructBody, Type } from "#capnpc/generator/model.js";
import { NameBook } from "#capnpc/generator/name-book.js";
import { capitalized } from "#capnpc/generator/names.js";
import { readRequest } from "#capnpc/generator/request.js";
import { compileSchemas } from "./oracle.js";
import type { Bindings } from "./random-trees.js";

const modules: Readonly<Record<string, object>> = {
  "all-types.capnp": allTypes,
  "evolution-new.capnp": evolutionNew,
  "evolution-old.capnp": evolutionOld,
  "generics.capnp": generics,
  "names.capnp": names,
  "person.capnp": person,
  "shapes.capnp": shapes,
};

// biome-ignore lint/suspicious/noExplicitAny: its names are found at run time.
export type Generated = any;

/** Schema files, compiled by the `capnp` tool, beside their generated classes. */
export class Schema {
  readonly bytes: Uint8Array;
  readonly request: SchemaRequest;
  readonly #book: NameBook;
  readonly #members = new Map<bigint, Map<string, Member>>();

  constructor(files: readonly string[]) {
    this.bytes = compileSchemas(files);
    this.request = readRequest(this.bytes);
    this.#book = new NameBook(this.request);
  }

  node(id: bigint): SchemaNode {
    const node = this.request.nodes.get(id);
    if (node === undefined) throw new Error(`no node has the id ${id}`);
    return node;
  }

  /** The struct with this name, such as "Person.Phone". */
  named(name: string): SchemaNode {
    for (const node of this.request.nodes.values()) {
      if (node.displayName.endsWith(`:${name}`) && node.body.kind === "struct") return node;
    }
    throw new Error(`no struct is named ${name}`);
  }

  /** The generated type of a struct. */
  structType(id: bigint): StructType<Generated, Generated> {
    return this.#exported(id, this.#book.structNames(id).type);
  }

  /** A generated constant. */
  constant(name: string): Generated {
    for (const node of this.request.nodes.values()) {
      if (node.displayName.endsWith(`:${name}`) && node.body.kind === "const") {
        return this.#exported(node.id, this.#book.nameOf(node.id));
      }
    }
    throw new Error(`no constant is named ${name}`);
  }

  /** The fields of a struct or group by name, with the names of their accessors. */
  members(node: SchemaNode): Map<string, Member> {
    let members = this.#members.get(node.id);
    if (members === undefined) {
      const all = membersOf(node.body as StructBody);
      members = new Map(all.map((member) => [member.field.name, member]));
      this.#members.set(node.id, members);
    }
    return members;
  }

  /** What the runtime builds and reads a pointer with: of generics what they are bound to. */
  pointerType(type: Type, bindings: Bindings): Generated {
    switch (type.kind) {
      case "struct":
        return this.structType(type.id);
      case "list":
        return this.#listType(type.element, bindings);
      case "parameter": {
        const bound = bindings.get(type.scopeId)?.[type.index];
        return bound === undefined ? AnyPointer : this.pointerType(bound.type, bound.bindings);
      }
      default:
        return AnyPointer;
    }
  }

  #listType(element: Type, bindings: Bindings): Generated {
    if (element.kind === "enum") return generated.Uint16List;
    const name = `${capitalized(element.kind)}List`;
    const plain = (generated as Readonly<Record<string, unknown>>)[name];
    return plain ?? generated.listOf(this.pointerType(element, bindings));
  }

  #exported(id: bigint, name: string): Generated {
    const file = this.node(id).displayName.split(":")[0] ?? "";
    const found = (modules[file] as Generated)[name];
    if (found === undefined) throw new Error(`${file} exports no ${name}`);
    return found;
  }
}
