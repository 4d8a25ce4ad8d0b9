// Plans random schema files: what is declared, of which types. random-schema.ts writes them down.

import type { Random } from "./random-source.js";

export type PlannedType =
  | { readonly kind: "builtin"; readonly name: string }
  | { readonly kind: "list"; readonly element: PlannedType }
  | { readonly kind: "named"; readonly scope: Scope; readonly args: readonly PlannedType[][] }
  | { readonly kind: "parameter"; readonly name: string };

export interface Field {
  readonly kind: "field";
  readonly name: string;
  readonly type: PlannedType;
  ordinal: number;
}

export interface Branch {
  readonly kind: "group" | "union";
  /** Empty for an unnamed union. */
  readonly name: string;
  readonly members: (Field | Branch)[];
  /** Of a union numbered as of old. */
  ordinal: number | undefined;
}

export interface Scope {
  readonly kind: "file" | "struct" | "enum" | "interface";
  readonly name: string;
  readonly outer: Scope | undefined;
  readonly inner: Scope[];
  readonly parameters: readonly string[];
  readonly members: (Field | Branch)[];
  readonly enumerants: string[];
  readonly file: PlannedFile;
}

export interface PlannedFile {
  readonly name: string;
  readonly id: bigint;
  readonly root: Scope;
  readonly imports: readonly PlannedFile[];
  readonly annotations: { readonly name: string; readonly type: PlannedType }[];
  readonly constants: { readonly name: string; readonly type: PlannedType }[];
}

export const integers = "Int8 Int16 Int32 Int64 UInt8 UInt16 UInt32 UInt64".split(" ");
const scalars = ["Void", "Bool", "Bool", ...integers, "Float32", "Float64"];
const pointers = ["Text", "Data", "AnyPointer", "AnyStruct", "AnyList", "Capability"];

export class Planner {
  readonly #random: Random;
  #count = 0;

  constructor(random: Random) {
    this.#random = random;
  }

  plan(name: string, imports: readonly PlannedFile[]): PlannedFile {
    const random = this.#random;
    const id = random.uint64() | (1n << 63n);
    const file = { name, id, imports, annotations: [], constants: [] } as unknown as PlannedFile;
    const root = this.#scope("file", "", undefined, file);
    Object.assign(file, { root });
    this.#fill(root, 0);
    for (const scope of scopesOf(root)) this.#addMembers(scope);
    for (let i = random.below(4); i > 0; i--) {
      file.annotations.push({ name: this.#name("note"), type: this.type(root, 2) });
    }
    for (let i = random.below(6); i > 0; i--) {
      file.constants.push({ name: this.#name("constant"), type: this.type(root, 3) });
    }
    return file;
  }

  #name(start: string): string {
    return `${start}${this.#count++}`;
  }

  #scope(kind: Scope["kind"], name: string, outer: Scope | undefined, file: PlannedFile): Scope {
    const generic = (kind === "struct" || kind === "interface") && this.#random.chance(0.25);
    const count = generic ? 1 + this.#random.below(2) : 0;
    const parameters = this.#random.times(count, () => this.#name("T"));
    return { kind, name, outer, inner: [], parameters, members: [], enumerants: [], file };
  }

  #fill(scope: Scope, depth: number): void {
    const random = this.#random;
    const count = depth === 0 ? 1 + random.below(6) : random.below(4 - depth);
    for (let i = 0; i < count; i++) {
      const kind = random.pick(["struct", "struct", "struct", "enum", "interface"] as const);
      const inner = this.#scope(kind, this.#name(kind.charAt(0).toUpperCase()), scope, scope.file);
      scope.inner.push(inner);
      if (kind !== "enum" && depth < 2) this.#fill(inner, depth + 1);
    }
  }

  #addMembers(scope: Scope): void {
    const random = this.#random;
    if (scope.kind === "enum") {
      for (let i = random.below(6); i > 0; i--) scope.enumerants.push(this.#name("e"));
    }
    if (scope.kind !== "struct") return;
    const count = random.chance(0.1) ? 0 : 1 + random.below(random.chance(0.1) ? 40 : 8);
    scope.members.push(...this.#members(scope, count, { depth: 0, unnamed: true }));
    this.#number(scope);
  }

  #members(
    scope: Scope,
    count: number,
    around: { readonly depth: number; unnamed: boolean },
  ): (Field | Branch)[] {
    const random = this.#random;
    return random.times(count, () => {
      if (around.depth >= 3 || random.chance(0.75)) return this.#field(scope);
      const kind = random.chance(0.4) ? "group" : "union";
      const unnamed = kind === "union" && around.unnamed && random.chance(0.5);
      if (unnamed) around.unnamed = false;
      const least = kind === "union" ? 2 : 1;
      const inner = { depth: around.depth + 1, unnamed: kind === "group" };
      const members = this.#members(scope, least + random.below(4), inner);
      const name = unnamed ? "" : this.#name(kind.charAt(0));
      return { kind, name, members, ordinal: undefined };
    });
  }

  #field(scope: Scope): Field {
    return { kind: "field", name: this.#name("f"), type: this.type(scope, 2), ordinal: 0 };
  }

  // Ordinals in order, or shuffled; now and then a union has one too.
  #number(scope: Scope): void {
    const fields = [...fieldsOf(scope.members)];
    const order: { ordinal: number | undefined }[] = this.#random.chance(0.5)
      ? fields
      : this.#random.shuffle(fields);
    for (const branch of branchesOf(scope.members)) {
      if (branch.kind !== "union" || branch.name === "" || !this.#random.chance(0.2)) continue;
      const leaves = new Set<object>(fieldsOf(branch.members));
      const first = order.findIndex((item) => leaves.has(item));
      order.splice(first + (this.#random.chance(0.5) ? 1 : 0), 0, branch);
    }
    for (const [ordinal, item] of order.entries()) item.ordinal = ordinal;
  }

  /** A type that can be named in `scope`. */
  type(scope: Scope, depth: number): PlannedType {
    const random = this.#random;
    if (random.chance(0.5)) return { kind: "builtin", name: random.pick(scalars) };
    return random.chance(0.3) ? this.#named(scope, depth, true) : this.pointerType(scope, depth);
  }

  pointerType(scope: Scope, depth: number): PlannedType {
    const random = this.#random;
    if (depth === 0 || random.chance(0.35)) return { kind: "builtin", name: random.pick(pointers) };
    if (random.chance(0.4)) return { kind: "list", element: this.#elementType(scope, depth - 1) };
    const parameters = parametersOf(scope);
    if (parameters.length > 0 && random.chance(0.4)) {
      return { kind: "parameter", name: random.pick(parameters) };
    }
    return this.#named(scope, depth, false);
  }

  // Of all AnyPointers, only that itself can be an argument.
  #argument(scope: Scope, depth: number): PlannedType {
    const type = this.pointerType(scope, depth);
    const refused = type.kind === "builtin" && /^(Any[SL]|C)/.test(type.name);
    return refused ? { kind: "builtin", name: "AnyPointer" } : type;
  }

  // AnyPointer, AnyStruct and parameters cannot be elements.
  #elementType(scope: Scope, depth: number): PlannedType {
    const type = this.type(scope, depth);
    const refused =
      type.kind === "parameter" || (type.kind === "builtin" && /^Any[PS]/.test(type.name));
    return refused ? { kind: "builtin", name: "Text" } : type;
  }

  #named(scope: Scope, depth: number, enums: boolean): PlannedType {
    const files = [scope.file, ...(this.#random.chance(0.3) ? scope.file.imports : [])];
    const candidates = files
      .flatMap(({ root }) => [...scopesOf(root)])
      .filter(({ kind }) => kind !== "file" && (enums || kind !== "enum"));
    if (candidates.length === 0) return { kind: "builtin", name: "Text" };
    const target = this.#random.pick(candidates);
    // From the outside in: what each scope on the way is bound to, or nothing.
    const args = pathOf(target).map(({ parameters }) =>
      parameters.length === 0 || depth === 0 || this.#random.chance(0.3)
        ? []
        : parameters.map(() => this.#argument(scope, depth - 1)),
    );
    return { kind: "named", scope: target, args };
  }
}

/** The scopes from below the file down to `scope`. */
export function pathOf(scope: Scope): Scope[] {
  return scope.outer === undefined ? [] : [...pathOf(scope.outer), scope];
}

function parametersOf(scope: Scope): string[] {
  return [...scope.parameters, ...(scope.outer === undefined ? [] : parametersOf(scope.outer))];
}

export function* scopesOf(scope: Scope): Iterable<Scope> {
  yield scope;
  for (const inner of scope.inner) yield* scopesOf(inner);
}

export function* fieldsOf(members: readonly (Field | Branch)[]): Iterable<Field> {
  for (const member of members) {
    if (member.kind === "field") yield member;
    else yield* fieldsOf(member.members);
  }
}

function* branchesOf(members: readonly (Field | Branch)[]): Iterable<Branch> {
  for (const member of members) {
    if (member.kind === "field") continue;
    yield member;
    yield* branchesOf(member.members);
  }
}
