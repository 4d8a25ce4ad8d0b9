// Names of generated code: which are taken, and what a clash becomes.

import * as runtime from "@tidemark/capnp/generated";

/** Words that name no class, function or variable in a strict module. */
const reservedWords: ReadonlySet<string> = new Set(
  (
    "arguments await break case catch class const continue debugger default delete do else enum " +
    "eval export extends false finally for function if implements import in instanceof interface " +
    "let new null package private protected public return static super switch this throw true " +
    "try typeof var void while with yield " +
    // Types and values that the language predefines.
    "any bigint boolean never number object string symbol undefined unknown NaN Infinity"
  ).split(" "),
);

/** Globals that generated code speaks of; a schema's type of that name gets another one. */
const globals = (
  "Array Boolean BigInt Error Iterable Iterator Number Object Promise Record String Symbol " +
  "Uint8Array globalThis undefined"
).split(" ");

/** What `@tidemark/capnp/generated` exports: no file calls anything of its own so. */
const runtimeNames: readonly string[] = Object.keys(runtime).concat(
  "EnumListBuilder EnumListReader ListPlace StructBuilderPlace StructPlace".split(" "),
  "PointerType ReaderOf BuilderOf".split(" "),
);

/** A schema's names are made of letters and digits; compilers before 0.3 let underscores pass. */
const namePattern = /^[A-Za-z][A-Za-z0-9_]*$/;

export function isSchemaName(name: string): boolean {
  return namePattern.test(name) && name.length <= 1000;
}

/** The names of one scope, each given once. */
export class NameTable {
  readonly #taken: Set<string>;

  constructor(taken: Iterable<string> = []) {
    this.#taken = new Set(taken);
  }

  /** `name` where it is free, else with as many underscores behind it as make it so. */
  claim(name: string): string {
    return this.claimAll(name, [(free) => free])[0] ?? name;
  }

  /**
   * Several names that are made of one, all free: what is behind it is added to each alike, so that
   * they go on to look related.
   */
  claimAll(name: string, forms: readonly ((name: string) => string)[]): string[] {
    for (let candidate = name; ; candidate += "_") {
      const names = forms.map((form) => form(candidate));
      if (names.some((each) => this.#taken.has(each))) continue;
      for (const each of names) this.#taken.add(each);
      return names;
    }
  }
}

/** Of a file: its classes, constants and what it imports. */
export function fileNames(): NameTable {
  return new NameTable([...reservedWords, ...globals, ...runtimeNames]);
}

/** What every object has, what every class of ours has, and what a `.then` would be taken for. */
export function memberNames(): NameTable {
  return new NameTable([
    "constructor",
    "hasOwnProperty",
    "isPrototypeOf",
    "propertyIsEnumerable",
    "toLocaleString",
    "toString",
    "valueOf",
    "asReader",
    "which",
  ]);
}

export function capitalized(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}
