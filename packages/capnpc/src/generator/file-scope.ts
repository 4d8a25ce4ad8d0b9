// What one generated file imports, and the constants its classes share.

import type { RequestedFile, SchemaRequest, StructBody, Type } from "./model.js";
import type { NameBook, StructNames } from "./name-book.js";
import type { NameTable } from "./names.js";
import { importedFilename, relativeModule } from "./paths.js";

interface Imported {
  readonly exported: string;
  readonly local: string;
  /** Whether it is needed when the program runs, and not by the compiler alone. */
  isValue: boolean;
}

/** A file that is being written: each name it is asked for is imported, once. */
export class FileScope {
  readonly book: NameBook;
  readonly request: SchemaRequest;
  readonly #file: RequestedFile;
  readonly #table: NameTable;
  readonly #modules = new Map<string, Map<string, Imported>>();
  readonly #constants = new Map<string, string>();
  readonly #runtime: string;

  constructor(request: SchemaRequest, book: NameBook, file: RequestedFile, runtime: string) {
    this.request = request;
    this.book = book;
    this.#file = file;
    this.#table = book.tableOf(file.id);
    // A path names a file; what a package exports has no ending.
    this.#runtime = `${runtime}/generated${runtime.startsWith(".") ? ".js" : ""}`;
  }

  /** A function or class of the runtime. */
  runtime(name: string): string {
    return this.#import(this.#runtime, name, true, name);
  }

  /** A type of the runtime, of which nothing is there when the program runs. */
  runtimeType(name: string): string {
    return this.#import(this.#runtime, name, false, name);
  }

  isOwn(id: bigint): boolean {
    return this.book.fileOf(id) === this.#file.id;
  }

  /** The struct of an id that was checked to be one. */
  structBody(id: bigint): StructBody {
    return this.request.nodes.get(id)?.body as StructBody;
  }

  /**
   * Whether values of a type need a file that needs this one: then one of the two is loaded first,
   * without the other.
   */
  isCyclic(type: Type): boolean {
    if (type.kind === "list") return this.isCyclic(type.element);
    if (type.kind !== "struct" || this.isOwn(type.id)) return false;
    const reached = new Set<bigint>();
    const waiting = [this.book.fileOf(type.id)];
    for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
      if (reached.has(id)) continue;
      reached.add(id);
      const { files } = this.request;
      waiting.push(...(files.find((file) => file.id === id)?.imports ?? []).map(({ id }) => id));
    }
    return reached.has(this.#file.id);
  }

  /** A name that a node has, here or in the file where it is. */
  struct(id: bigint, part: keyof StructNames): string {
    return this.#foreign(id, this.book.structNames(id)[part], true);
  }

  structType(id: bigint, part: keyof StructNames): string {
    return this.#foreign(id, this.book.structNames(id)[part], false);
  }

  enumType(id: bigint): string {
    return this.#foreign(id, this.book.nameOf(id), false);
  }

  /** A constant of this file, made once for each value: its name. */
  constant(wanted: string, value: string): string {
    let name = this.#constants.get(value);
    if (name === undefined) {
      name = this.#table.claim(wanted);
      this.#constants.set(value, name);
    }
    return name;
  }

  /** The constants so far: their names and values. */
  constants(): [name: string, value: string][] {
    return [...this.#constants].map(([value, name]) => [name, value]);
  }

  /** The import statements, the runtime's first. */
  imports(): string[] {
    const modules = [...this.#modules].sort(([a], [b]) => {
      return Number(a.startsWith(".")) - Number(b.startsWith(".")) || (a < b ? -1 : 1);
    });
    return modules.map(([module, imported]) => importStatement(module, [...imported.values()]));
  }

  #foreign(id: bigint, exported: string, isValue: boolean): string {
    const file = this.book.fileOf(id);
    if (file === undefined || file === this.#file.id) return exported;
    return this.#import(this.#moduleOf(file), exported, isValue);
  }

  #moduleOf(fileId: bigint): string {
    const { files, nodes } = this.request;
    const requested = files.find(({ id }) => id === fileId)?.filename;
    const spelled = this.#file.imports.find(({ id }) => id === fileId)?.name;
    // What is used without being imported is what an imported alias leads to.
    const name = spelled ?? `/${nodes.get(fileId)?.displayName ?? ""}`;
    const target = requested ?? importedFilename(this.#file.filename, name);
    return relativeModule(this.#file.filename, target);
  }

  #import(module: string, exported: string, isValue: boolean, reserved?: string): string {
    const names = this.#modules.get(module) ?? new Map<string, Imported>();
    this.#modules.set(module, names);
    const known = names.get(exported);
    if (known !== undefined) {
      known.isValue ||= isValue;
      return known.local;
    }
    const local = reserved ?? this.#table.claim(exported);
    names.set(exported, { exported, local, isValue });
    return local;
  }
}

function importStatement(module: string, imported: readonly Imported[]): string {
  const sorted = [...imported].sort((a, b) => (a.exported < b.exported ? -1 : 1));
  const onlyTypes = sorted.every(({ isValue }) => !isValue);
  const names = sorted.map(({ exported, local, isValue }) => {
    const renamed = exported === local ? exported : `${exported} as ${local}`;
    return isValue || onlyTypes ? renamed : `type ${renamed}`;
  });
  const keyword = onlyTypes ? "import type" : "import";
  const short = `${keyword} { ${names.join(", ")} } from ${JSON.stringify(module)};`;
  if (short.length <= 100) return short;
  const lines = names.map((name) => `  ${name},\n`).join("");
  return `${keyword} {\n${lines}} from ${JSON.stringify(module)};`;
}
