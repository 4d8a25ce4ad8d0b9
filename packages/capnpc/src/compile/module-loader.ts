// Finds, reads and parses schema files, each once.

import type { Diagnostics } from "../syntax/diagnostic.js";
import { parseFile } from "../syntax/parser.js";
import { SourceFile } from "../syntax/source.js";
import { belowPath, besidePath, normalizePath, type SchemaHost } from "./host.js";
import { randomId } from "./ids.js";
import { NameChecker } from "./name-checker.js";
import { bindModule, type Module, SchemaNode } from "./schema-node.js";
import { standardFile } from "./standard-files.js";

export interface LoaderOptions {
  readonly host: SchemaHost;
  /** Folders in which imports that begin with a slash are looked for, before the standard files. */
  readonly importPath: readonly string[];
}

// Standard files have paths of their own, which no host is asked for.
const standardPrefix = "standard:";

export class ModuleLoader {
  readonly #options: LoaderOptions;
  readonly #diagnostics: Diagnostics;
  readonly #modules = new Map<string, Module>();
  readonly #nodes = new Map<bigint, SchemaNode>();
  readonly #read = new Set<string>();

  constructor(options: LoaderOptions, diagnostics: Diagnostics) {
    this.#options = options;
    this.#diagnostics = diagnostics;
  }

  /** Every path that was asked for, found or not: what to watch. */
  get paths(): string[] {
    return [...this.#read];
  }

  /** A file by its path; undefined if there is none. */
  load(path: string, displayName: string): Module | undefined {
    const found = this.#modules.get(path);
    if (found !== undefined) return found;
    const bytes = this.#readFile(path);
    return bytes && this.#add(path, displayName, bytes);
  }

  import(module: Module, path: string): Module | undefined {
    if (module.imports.has(path)) return module.imports.get(path);
    const found = this.#find(module, path, (at, displayName) => this.load(at, displayName));
    module.imports.set(path, found);
    return found;
  }

  /** The bytes of a file that a value embeds. */
  embed(module: Module, path: string): Uint8Array | undefined {
    return this.#find(module, path, (at) => this.#readFile(at));
  }

  /** The declaration with this ID, of any file that has been read. */
  nodeById(id: bigint): SchemaNode | undefined {
    return this.#nodes.get(id);
  }

  #find<T>(
    module: Module,
    path: string,
    load: (path: string, displayName: string) => T | undefined,
  ): T | undefined {
    if (!path.startsWith("/")) {
      const displayName = besidePath(module.displayName, path);
      if (module.path.startsWith(standardPrefix)) {
        return load(`${standardPrefix}${displayName}`, displayName);
      }
      return load(besidePath(module.path, path), displayName);
    }
    const displayName = normalizePath(path).slice(1);
    for (const folder of this.#options.importPath) {
      const found = load(belowPath(folder, path), displayName);
      if (found !== undefined) return found;
    }
    return load(`${standardPrefix}${displayName}`, displayName);
  }

  #readFile(path: string): Uint8Array | undefined {
    if (path.startsWith(standardPrefix)) return standardFile(path.slice(standardPrefix.length));
    this.#read.add(path);
    return this.#options.host.readFile(path);
  }

  #add(path: string, displayName: string, bytes: Uint8Array): Module {
    const source = new SourceFile(displayName, bytes);
    const file = parseFile(source, this.#diagnostics);
    let id = file.id?.value;
    if (id === undefined) {
      id = randomId();
      const line = `@0x${id.toString(16)};`;
      const message = `This file has no ID. Add this line, made for you: ${line}`;
      this.#diagnostics.report(source, { start: 0, end: 0 }, message);
    }
    const root = new SchemaNode(file, undefined, { id, displayName });
    const module: Module = {
      source,
      path,
      displayName,
      root,
      imports: new Map(),
      listedImports: new Set(),
    };
    bindModule(root, module);
    this.#modules.set(path, module);
    this.#register(root);
    new NameChecker(source, this.#diagnostics).check(file);
    return module;
  }

  #register(node: SchemaNode): void {
    const other = this.#nodes.get(node.id);
    if (other === undefined) this.#nodes.set(node.id, node);
    else this.#reportDuplicate(node, other);
    for (const child of node.children) this.#register(child);
  }

  #reportDuplicate(node: SchemaNode, other: SchemaNode): void {
    // Two of one name in one scope have the same derived ID; that is reported as what it is.
    if (node.parent === other.parent && node.name === other.name && node.kind !== "file") return;
    const span = node.declaration.id ?? node.declaration.name;
    const shown = `0x${node.id.toString(16)}`;
    this.#diagnostics.report(
      node.module.source,
      span,
      `The ID @${shown} is used twice. 'capnp id' makes a new one.`,
      {
        source: other.module.source,
        span: other.declaration.id ?? other.declaration.name,
        message: "It is used here first.",
      },
    );
  }
}
