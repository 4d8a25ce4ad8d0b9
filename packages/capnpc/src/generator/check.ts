// Whether a request makes sense: what the compiler promises, and code generation relies on. A
// request may come from anywhere, and its names become code.

import { slotBits } from "./layout.js";
import type {
  Brand,
  Field,
  Method,
  NodeBody,
  SchemaNode,
  SchemaRequest,
  StructBody,
  Type,
} from "./model.js";
import { isSchemaName } from "./names.js";
import { SchemaRequestError } from "./request-error.js";

/** Nobody writes more, and code that walks them is called as deep. */
const deepestScope = 100;

/** @throws SchemaRequestError */
export function checkRequest(request: SchemaRequest): void {
  const check = new RequestCheck(request.nodes);
  for (const node of request.nodes.values()) check.node(node);
  for (const file of request.files) check.kindOf(file.id, "file", `the file ${file.filename}`);
}

class RequestCheck {
  readonly #nodes: ReadonlyMap<bigint, SchemaNode>;
  /** What is in a scope, which holds it once. */
  readonly #placed = new Set<bigint>();

  constructor(nodes: ReadonlyMap<bigint, SchemaNode>) {
    this.#nodes = nodes;
  }

  node(node: SchemaNode): void {
    const where = nameOf(node);
    for (const { name, id } of node.nested) {
      checkName(name, where);
      const nested = this.#nodes.get(id);
      // What is imported only in part is listed, but does not come along.
      if (nested !== undefined && nested.scopeId !== node.id) {
        throw trouble(where, `lists ${name}, which says it is somewhere else`);
      }
      this.#place(id, where);
    }
    checkNames(node.nested, where);
    for (const parameter of node.parameters) checkName(parameter, where);
    this.#scopes(node);
    this.#body(node, node.body, where);
  }

  kindOf(id: bigint, kind: NodeBody["kind"], where: string): SchemaNode {
    const node = this.#nodes.get(id);
    if (node === undefined) throw trouble(where, `speaks of ${hex(id)}, which is not there`);
    if (node.body.kind === kind) return node;
    throw trouble(where, `speaks of ${nameOf(node)} as if it were a ${kind}`);
  }

  /** Each node is in a file, or in nothing; not in itself. */
  #scopes(node: SchemaNode): void {
    let scope = node;
    for (let depth = 0; scope.scopeId !== 0n; depth++) {
      const outer = this.#nodes.get(scope.scopeId);
      if (outer === undefined) throw trouble(nameOf(scope), "is in a scope that is not there");
      if (depth > deepestScope) throw trouble(nameOf(node), "is in too many scopes, or in itself");
      scope = outer;
    }
  }

  #place(id: bigint, where: string): void {
    if (this.#placed.has(id)) throw trouble(where, `holds ${hex(id)}, which is held already`);
    this.#placed.add(id);
  }

  #body(node: SchemaNode, body: NodeBody, where: string): void {
    switch (body.kind) {
      case "file":
        return;
      case "struct":
        this.#struct(node, body, where);
        return;
      case "enum":
        for (const { name } of body.enumerants) checkName(name, where);
        checkNames(body.enumerants, where);
        return;
      case "interface":
        for (const method of body.methods) this.#method(method, where);
        checkNames(body.methods, where);
        for (const id of body.superclasses) this.kindOf(id, "interface", where);
        return;
      default:
        this.#type(body.type, where);
    }
  }

  #struct(node: SchemaNode, body: StructBody, where: string): void {
    checkNames(body.fields, where);
    const members = body.fields.filter(({ discriminant }) => discriminant !== undefined);
    if (body.discriminantCount > 0) {
      if (body.discriminantOffset + 2 > body.dataWords * 8) {
        throw trouble(where, "has its discriminant outside its data");
      }
      const values = new Set(members.map(({ discriminant }) => discriminant));
      if (values.size !== members.length || members.length !== body.discriminantCount) {
        throw trouble(where, `has ${members.length} members of a union with other discriminants`);
      }
    } else if (members.length > 0) {
      throw trouble(where, "has members of a union, but no discriminant");
    }
    for (const field of body.fields) this.#field(node, body, field, `${where}.${field.name}`);
  }

  #field(node: SchemaNode, struct: StructBody, field: Field, where: string): void {
    checkName(field.name, where);
    if (field.body.kind === "group") {
      const group = this.kindOf(field.body.id, "struct", where);
      const { isGroup, dataWords, pointers } = group.body as StructBody;
      // Its scope leads outwards, and scopes have an end: no group is inside itself.
      if (!isGroup || group.scopeId !== node.id) throw trouble(where, "is no group of its struct");
      if (dataWords !== struct.dataWords || pointers !== struct.pointers) {
        throw trouble(where, "has not the size of its struct");
      }
      this.#place(group.id, where);
      return;
    }
    const { type, offset } = field.body;
    this.#type(type, where);
    const bits = slotBits(type);
    const end = bits === "pointer" ? offset + 1 : (offset + 1) * bits;
    const room = bits === "pointer" ? struct.pointers : struct.dataWords * 64;
    if (end > room) throw trouble(where, "lies outside its struct");
  }

  #method({ name, parameterStruct, resultStruct }: Method, where: string): void {
    checkName(name, where);
    this.kindOf(parameterStruct, "struct", `${where}.${name}`);
    this.kindOf(resultStruct, "struct", `${where}.${name}`);
  }

  #type(type: Type, where: string): void {
    switch (type.kind) {
      case "list":
        this.#type(type.element, where);
        return;
      case "enum":
        this.kindOf(type.id, "enum", where);
        return;
      case "struct":
      case "interface":
        this.kindOf(type.id, type.kind, where);
        this.#brand(type.brand, where);
        return;
      case "parameter": {
        const scope = this.#nodes.get(type.scopeId);
        if (scope !== undefined && type.index < scope.parameters.length) return;
        throw trouble(where, "speaks of a type parameter that is not there");
      }
    }
  }

  #brand(brand: Brand, where: string): void {
    for (const binding of brand.values()) {
      if (binding === "inherit") continue;
      for (const type of binding) if (type !== undefined) this.#type(type, where);
    }
  }
}

function checkName(name: string, where: string): void {
  if (!isSchemaName(name)) throw trouble(where, `has a name that is none: ${JSON.stringify(name)}`);
}

function checkNames(named: readonly { readonly name: string }[], where: string): void {
  const seen = new Set<string>();
  for (const { name } of named) {
    if (seen.has(name)) throw trouble(where, `has two members named ${name}`);
    seen.add(name);
  }
}

function nameOf(node: SchemaNode): string {
  return node.displayName === "" ? hex(node.id) : JSON.stringify(node.displayName);
}

export function hex(id: bigint): string {
  return `0x${id.toString(16).padStart(16, "0")}`;
}

function trouble(where: string, what: string): SchemaRequestError {
  return new SchemaRequestError(`malformed CodeGeneratorRequest: ${where} ${what}`);
}
