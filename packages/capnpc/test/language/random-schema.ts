// Writes random schema files down, with values, annotations, comments and every way to say it.

import {
  type Branch,
  type Field,
  fieldsOf,
  integers,
  type PlannedFile,
  type PlannedType,
  Planner,
  pathOf,
  type Scope,
} from "./random-plan.js";
import { Random } from "./random-source.js";

export interface SchemaFile {
  readonly name: string;
  readonly text: string;
}

/** A few files, of which later ones may import earlier ones: the same for the same seed. */
export function randomSchemas(seed: number, prefix: string): SchemaFile[] {
  const random = new Random(seed);
  const planner = new Planner(random);
  const planned: PlannedFile[] = [];
  for (let i = random.below(3); i >= 0; i--) {
    const imports = planned.filter(() => random.chance(0.7));
    planned.push(planner.plan(`${prefix}${planned.length}.capnp`, imports));
  }
  return planned.map((file) => ({
    name: file.name,
    text: new FileWriter(random, planner, file).write(),
  }));
}

const embeddedFile = "embedded.bin";
export const embedded: { readonly name: string; readonly bytes: Uint8Array } = {
  name: embeddedFile,
  // A message of one segment whose root is a struct of one data word and a null pointer.
  bytes: new Uint8Array(Uint32Array.of(0, 3, 0, 0x0001_0001, 0xfeed, 0, 0, 0).buffer),
};

class FileWriter {
  readonly #random: Random;
  readonly #planner: Planner;
  readonly #file: PlannedFile;
  readonly #aliases = new Map<PlannedFile, string>();
  #count = 0;

  constructor(random: Random, planner: Planner, file: PlannedFile) {
    this.#random = random;
    this.#planner = planner;
    this.#file = file;
  }

  write(): string {
    const { root, id } = this.#file;
    const parts = [`@0x${id.toString(16)};${this.#comment()}`];
    for (const imported of this.#file.imports) {
      const alias = `Import${this.#count++}`;
      this.#aliases.set(imported, alias);
      const slash = this.#random.chance(0.3) ? "/" : "";
      parts.push(`using ${alias} = import "${slash}${imported.name}";`);
    }
    if (this.#random.chance(0.3)) {
      parts.push('using Cxx = import "/capnp/c++.capnp";', '$Cxx.namespace("a::b");');
    }
    for (const { name, type } of this.#file.annotations) {
      parts.push(
        `annotation ${name}${this.#id()} (*) :${this.#type(type, root)};${this.#comment()}`,
      );
    }
    const constants = this.#file.constants.map(({ name, type }) => {
      const value = this.#value(type, root, 3);
      if (value === undefined) return "";
      const written = `${this.#type(type, root)} = ${value}`;
      return `const ${name} :${written}${this.#annotations(root)};${this.#comment()}`;
    });
    parts.push(
      ...this.#random.shuffle([...constants, ...root.inner.map((inner) => this.#scope(inner))]),
    );
    return `${parts.filter((part) => part !== "").join("\n")}\n`;
  }

  #id(): string {
    if (!this.#random.chance(0.15)) return "";
    return ` @0x${(this.#random.uint64() | (1n << 63n)).toString(16)}`;
  }

  #comment(): string {
    const random = this.#random;
    if (!random.chance(0.15)) return random.chance(0.05) ? "\n\n# not a doc comment\n" : "";
    const lines = random.times(1 + random.below(2), () =>
      random.pick(["# one", "#  two é", "#", "#three "]),
    );
    return `${random.pick([" ", "\n", "\n  "])}${lines.join("\n")}\n`;
  }

  #annotations(scope: Scope): string {
    const random = this.#random;
    if (!random.chance(0.12) || this.#file.annotations.length === 0) return "";
    const { name, type } = random.pick(this.#file.annotations);
    if (type.kind === "builtin" && type.name === "Void") return ` $${name}`;
    const value = this.#value(type, scope, 2);
    return value === undefined ? "" : ` $${name}(${value})`;
  }

  #scope(scope: Scope): string {
    const { kind, name, parameters } = scope;
    const generic = parameters.length === 0 ? "" : `(${parameters.join(", ")})`;
    const open = `${kind} ${name}${this.#id()} ${generic}`;
    const superclasses = kind === "interface" ? this.#superclasses(scope) : "";
    const inner = scope.inner.map((one) => this.#scope(one));
    const extra = kind === "enum" ? [] : [...this.#using(scope), ...this.#constant(scope)];
    const body = this.#random.shuffle([...inner, ...extra, ...this.#members(scope)]).join("\n");
    const early = this.#comment();
    const annotations = this.#annotations(scope);
    return `${open}${superclasses}${annotations} {${early}\n${body}\n}${this.#comment()}`;
  }

  #superclasses(scope: Scope): string {
    const before = (scope.outer?.inner ?? []).filter(({ kind }) => kind === "interface");
    const earlier = before.slice(0, before.indexOf(scope));
    if (earlier.length === 0 || !this.#random.chance(0.5)) return "";
    return ` extends(${this.#named(this.#random.pick(earlier), [], scope)})`;
  }

  #using(scope: Scope): string[] {
    if (!this.#random.chance(0.15)) return [];
    const type = this.#planner.type(scope, 2);
    return [`using Alias${this.#count++} = ${this.#type(type, scope)};`];
  }

  #constant(scope: Scope): string[] {
    if (!this.#random.chance(0.15)) return [];
    const type = this.#planner.type(scope, 2);
    const value = this.#value(type, scope, 2);
    if (value === undefined) return [];
    return [`const inner${this.#count++} :${this.#type(type, scope)} = ${value};`];
  }

  #members(scope: Scope): string[] {
    if (scope.kind === "struct") return this.#fields(scope.members, scope);
    const random = this.#random;
    if (scope.kind === "enum") {
      const order = random.chance(0.5) ? scope.enumerants : random.shuffle(scope.enumerants);
      scope.enumerants.splice(0, scope.enumerants.length, ...order);
      return order.map((name, i) => `${name} @${i}${this.#annotations(scope)};${this.#comment()}`);
    }
    const ordinals = random.shuffle(random.times(random.below(4), (i) => i));
    return ordinals.map((ordinal) => this.#method(ordinal, scope));
  }

  #method(ordinal: number, scope: Scope): string {
    const random = this.#random;
    const implicit = random.chance(0.2) ? ["V0", "V1"].slice(random.below(2)) : [];
    const types = implicit.length === 0 ? "" : ` [${implicit.join(", ")}]`;
    const results = random.pick([
      "",
      " -> stream",
      ` -> ${this.#signature(scope, implicit)}`,
      ` -> ${this.#signature(scope, implicit)}`,
    ]);
    const name = `m${this.#count++} @${ordinal}${types}`;
    const parameters = this.#signature(scope, implicit);
    return `${name} ${parameters}${results}${this.#annotations(scope)};${this.#comment()}`;
  }

  #signature(scope: Scope, implicit: readonly string[]): string {
    const random = this.#random;
    const structs = this.#file.root.inner.filter(({ kind }) => kind === "struct");
    if (structs.length > 0 && random.chance(0.3)) {
      return this.#named(random.pick(structs), [[]], scope);
    }
    const parameters = random.times(random.below(4), () => {
      if (implicit.length > 0 && random.chance(0.4)) {
        return `p${this.#count++} :${random.pick(implicit)}`;
      }
      const type = this.#planner.type(scope, 2);
      return `p${this.#count++} :${this.#type(type, scope)}${this.#default(type, scope)}`;
    });
    return `(${parameters.join(", ")})`;
  }

  #fields(members: readonly (Field | Branch)[], scope: Scope): string[] {
    return members.map((member) => {
      if (member.kind === "field") return this.#field(member, scope);
      const body = this.#fields(member.members, scope).join(" ");
      const early = this.#comment();
      if (member.name === "") return `union {${early}\n${body} }${this.#comment()}`;
      const ordinal = member.ordinal === undefined ? "" : ` @${member.ordinal}!`;
      const open = `${member.name}${ordinal} :${member.kind}${this.#annotations(scope)}`;
      return `${open} {${early}\n${body} }${this.#comment()}`;
    });
  }

  #field({ name, ordinal, type }: Field, scope: Scope): string {
    const written = `${name} @${ordinal} :${this.#type(type, scope)}`;
    return `${written}${this.#default(type, scope)}${this.#annotations(scope)};${this.#comment()}`;
  }

  #default(type: PlannedType, scope: Scope): string {
    if (!this.#random.chance(0.3)) return "";
    const value = this.#value(type, scope, 2);
    return value === undefined ? "" : ` = ${value}`;
  }

  #type(type: PlannedType, scope: Scope): string {
    switch (type.kind) {
      case "list":
        return `List(${this.#type(type.element, scope)})`;
      case "named":
        return this.#named(type.scope, type.args, scope);
      default:
        return type.name;
    }
  }

  // By its path from the file, or by its name alone where it is in a scope around.
  #named(target: Scope, args: readonly (readonly PlannedType[])[], scope: Scope): string {
    const path = pathOf(target);
    const around = new Set([scope, ...pathOf(scope)].map(({ name }) => name));
    const near = around.has(target.outer?.name ?? "") && target.file === scope.file;
    const from = near && this.#random.chance(0.5) ? path.length - 1 : 0;
    const parts = path.slice(from).map(({ name }, i) => {
      const bound = args[from + i] ?? [];
      if (bound.length === 0) return name;
      return `${name}(${bound.map((one) => this.#type(one, scope)).join(", ")})`;
    });
    if (target.file === this.#file) {
      return `${from === 0 && this.#random.chance(0.1) ? " ." : ""}${parts.join(".")}`;
    }
    const alias = this.#aliases.get(target.file);
    const imported = alias ?? `import "${target.file.name}"`;
    return [this.#random.chance(0.2) ? `import "${target.file.name}"` : imported, ...parts].join(
      ".",
    );
  }

  /** A value of the type, or undefined if it has none that can be written. */
  #value(type: PlannedType, scope: Scope, depth: number): string | undefined {
    const random = this.#random;
    switch (type.kind) {
      case "builtin":
        return this.#builtinValue(type.name);
      case "parameter":
        return undefined;
      case "list": {
        if (isListOfAny(type)) return undefined;
        const items = random.times(depth === 0 ? 0 : random.below(4), () =>
          this.#value(type.element, scope, depth - 1),
        );
        const written = items.filter((item) => item !== undefined);
        return `[${written.join(", ")}${written.length > 0 && random.chance(0.2) ? "," : ""}]`;
      }
      case "named": {
        const { scope: target } = type;
        if (target.kind === "enum") {
          return target.enumerants.length === 0 ? undefined : random.pick(target.enumerants);
        }
        return target.kind === "struct"
          ? this.#structValue(target.members, scope, depth)
          : undefined;
      }
    }
  }

  #structValue(members: readonly (Field | Branch)[], scope: Scope, depth: number): string {
    const random = this.#random;
    if (depth === 0) return "()";
    const parts: string[] = [];
    for (const member of members) {
      if (!random.chance(0.4)) continue;
      if (member.kind === "union") {
        const chosen = random.pick(member.members);
        const inner = this.#structValue([chosen], scope, depth).slice(1, -1);
        if (inner === "") continue;
        parts.push(member.name === "" ? inner : `${member.name} = (${inner})`);
      } else if (member.kind === "group") {
        parts.push(`${member.name} = ${this.#structValue(member.members, scope, depth)}`);
      } else if (member.kind === "field" && !mentionsParameter(member.type)) {
        const value = this.#value(member.type, scope, depth - 1);
        if (value !== undefined) parts.push(`${member.name} = ${value}`);
      }
    }
    return `(${parts.join(", ")})`;
  }

  #builtinValue(name: string): string | undefined {
    const random = this.#random;
    if (integers.includes(name)) return this.#integer(name);
    switch (name) {
      case "Void":
        return "void";
      case "Bool":
        return random.pick(["true", "false"]);
      case "Float32":
      case "Float64":
        return random.pick([
          "0.5",
          "-1.25e3",
          "1e-5",
          "inf",
          "-inf",
          "nan",
          "7",
          "- 3",
          "1.",
          "3e+2",
          "0.1",
        ]);
      case "Text":
        return random.pick([
          '"text"',
          '""',
          '"a" "b"',
          '"\\x41\\101\\n\\t\\"\\\\"',
          '"é€"',
          `embed "${embeddedFile}"`,
        ]);
      case "Data":
        return random.pick([
          '"data"',
          '0x"00 ff a0"',
          '0x"abcd"',
          '"\\xff\\x00"',
          `embed "${embeddedFile}"`,
        ]);
      default:
        return undefined;
    }
  }

  #integer(name: string): string {
    const random = this.#random;
    const bits = BigInt(name.replace(/\D/g, ""));
    const magnitude = BigInt.asUintN(Number(bits) - 1, random.uint64() >> BigInt(random.below(64)));
    const value = !name.startsWith("U") && random.chance(0.5) ? -magnitude : magnitude;
    const sign = value < 0n ? "-" : "";
    const absolute = value < 0n ? -value : value;
    return random.pick([
      `${value}`,
      `${sign}0x${absolute.toString(16)}`,
      `${sign}0${absolute.toString(8)}`,
    ]);
  }
}

// The C++ compiler ends with an exception at a value of such a type, even an empty one.
function isListOfAny(type: PlannedType): boolean {
  if (type.kind === "list") return isListOfAny(type.element);
  return type.kind === "builtin" && (type.name === "AnyList" || type.name === "Capability");
}

function mentionsParameter(type: PlannedType): boolean {
  if (type.kind === "list") return mentionsParameter(type.element);
  return type.kind === "parameter";
}

/** How many fields the schemas have: for tests that look whether the generator generates. */
export function countFields(scope: Scope): number {
  return (
    [...fieldsOf(scope.members)].length + scope.inner.reduce((n, one) => n + countFields(one), 0)
  );
}
