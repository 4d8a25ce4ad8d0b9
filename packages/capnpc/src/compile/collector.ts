// Collects the nodes of a request: what the requested files declare, and all that it depends on.

import { hashOrder } from "./hash-order.js";
import type { CompiledNode } from "./node-compiler.js";
import type {
  AppliedAnnotation,
  RequestMethod,
  RequestNode,
  RequestSourceInfo,
} from "./request.js";
import type { SchemaNode } from "./schema-node.js";
import type { Brand, SchemaType } from "./schema-type.js";

/** "requested": with what is declared inside; "dependency": with the scopes around. */
type Interest = "requested" | "dependency";

interface CollectorOptions {
  readonly finish: (node: SchemaNode) => CompiledNode | undefined;
  readonly nodeById: (id: bigint) => SchemaNode | undefined;
  readonly checkAliases: (node: SchemaNode) => void;
}

export class Collector {
  readonly #options: CollectorOptions;
  readonly #seen = new Map<SchemaNode, Set<Interest>>();
  // An ID comes in when it is first spoken of, its node when that is compiled: the order of the
  // request is that of the former.
  readonly #nodes = new Map<bigint, RequestNode | undefined>();
  readonly #sourceInfo = new Map<bigint, RequestSourceInfo>();
  // What is still to be done, the next at the end: dependencies may be longer than the stack.
  readonly #tasks: (() => void)[] = [];

  constructor(options: CollectorOptions) {
    this.#options = options;
  }

  get nodes(): RequestNode[] {
    return [...this.#nodes.values()].filter((node) => node !== undefined);
  }

  get sourceInfo(): RequestSourceInfo[] {
    const order = hashOrder(this.#sourceInfo.keys());
    return order.map((id) => this.#sourceInfo.get(id) as RequestSourceInfo);
  }

  addFile(root: SchemaNode): void {
    this.#visit(root, "requested");
    for (let task = this.#tasks.pop(); task !== undefined; task = this.#tasks.pop()) task();
  }

  #visit(node: SchemaNode, interest: Interest): void {
    const seen = this.#seen.get(node) ?? new Set();
    if (seen.has(interest)) return;
    this.#seen.set(node, seen.add(interest));
    const compiled = this.#options.finish(node);
    const tasks: (() => void)[] = [];
    if (compiled !== undefined) {
      for (const auxiliary of compiled.auxiliary) this.#load(auxiliary);
      this.#load(compiled.node);
      for (const one of [compiled.node, ...compiled.auxiliary]) {
        for (const id of followed(one)) tasks.push(() => this.#visitId(id));
      }
      tasks.push(() => this.#addSourceInfo(compiled));
    }
    const { parent } = node;
    if (interest === "dependency" && parent !== undefined) {
      tasks.push(() => this.#visit(parent, "dependency"));
    }
    if (interest === "requested") {
      for (const child of node.children) tasks.push(() => this.#visit(child, "requested"));
      tasks.push(() => this.#options.checkAliases(node));
    }
    for (const task of tasks.toReversed()) this.#tasks.push(task);
  }

  #visitId(id: bigint): void {
    const node = this.#options.nodeById(id);
    if (node !== undefined) this.#visit(node, "dependency");
  }

  #load(node: RequestNode): void {
    if (this.#nodes.get(node.id) !== undefined) return;
    for (const id of mentioned(node)) {
      if (!this.#nodes.has(id)) this.#nodes.set(id, undefined);
    }
    this.#nodes.set(node.id, node);
  }

  #addSourceInfo(compiled: CompiledNode): void {
    for (const info of compiled.sourceInfo) {
      if (!this.#sourceInfo.has(info.id)) this.#sourceInfo.set(info.id, info);
    }
  }
}

/** The IDs of what a node's members are made of, in the order in which a loader meets them. */
function* mentioned({ body, scopeId }: RequestNode): Iterable<bigint> {
  switch (body.kind) {
    case "struct":
      for (const field of body.fields) {
        if (field.body.kind === "group") yield field.body.typeId;
        else yield* idsOfType(field.body.type);
      }
      if (body.isGroup) yield scopeId;
      break;
    case "interface":
      for (const superclass of body.superclasses) yield* idsOfSuperclass(superclass);
      for (const method of body.methods) yield* idsOfMethod(method);
      break;
    case "const":
    case "annotation":
      yield* idsOfType(body.type);
      break;
    default:
  }
}

/** The same, with annotations, and without groups: those belong to their struct. */
function* followed({ body, annotations }: RequestNode): Iterable<bigint> {
  switch (body.kind) {
    case "struct":
      for (const field of body.fields) {
        if (field.body.kind === "slot") yield* idsOfType(field.body.type);
        yield* idsOfAnnotations(field.annotations);
      }
      break;
    case "enum":
      for (const enumerant of body.enumerants) yield* idsOfAnnotations(enumerant.annotations);
      break;
    case "interface":
      for (const superclass of body.superclasses) yield* idsOfSuperclass(superclass);
      for (const method of body.methods) {
        yield* idsOfMethod(method);
        yield* idsOfAnnotations(method.annotations);
      }
      break;
    case "const":
    case "annotation":
      yield* idsOfType(body.type);
      break;
    default:
  }
  yield* idsOfAnnotations(annotations);
}

function* idsOfSuperclass({
  id,
  brand,
}: {
  readonly id: bigint;
  readonly brand: Brand;
}): Iterable<bigint> {
  yield id;
  yield* idsOfBrand(brand);
}

function* idsOfMethod(method: RequestMethod): Iterable<bigint> {
  yield method.paramStructType;
  yield* idsOfBrand(method.paramBrand);
  yield method.resultStructType;
  yield* idsOfBrand(method.resultBrand);
}

function* idsOfAnnotations(annotations: readonly AppliedAnnotation[]): Iterable<bigint> {
  for (const { id } of annotations) yield id;
}

function* idsOfType(type: SchemaType): Iterable<bigint> {
  if (type.kind === "list") yield* idsOfType(type.element);
  else if ("node" in type) {
    yield type.node.id;
    yield* idsOfBrand(type.brand);
  }
}

function* idsOfBrand(brand: Brand): Iterable<bigint> {
  for (const { bindings } of brand) {
    for (const type of bindings ?? []) {
      if (type !== undefined) yield* idsOfType(type);
    }
  }
}
