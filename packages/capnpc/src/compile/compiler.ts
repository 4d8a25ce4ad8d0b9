// Compiles schema files into a request for code generators.

import { CapnpTypeError } from "@tidemark/capnp";
import { type Diagnostic, Diagnostics } from "../syntax/diagnostic.js";
import type { Span } from "../syntax/source.js";
import { Collector } from "./collector.js";
import { encodeRequest } from "./encode-request.js";
import { normalizePath, type SchemaHost } from "./host.js";
import { ModuleLoader } from "./module-loader.js";
import { NodeCompiler } from "./node-compiler.js";
import type { Request, RequestedFile } from "./request.js";
import { Resolver } from "./resolver.js";
import type { Module, SchemaNode } from "./schema-node.js";

/** Options of {@link compile}. */
export interface CompileOptions {
  /** Where files come from. */
  readonly host: SchemaHost;
  /**
   * Folders in which imports that begin with a slash are looked for, in this order; after them the
   * standard files, which the package carries: "/capnp/c++.capnp" and so on.
   */
  readonly importPath?: readonly string[];
  /** Folders removed from the beginning of file names in the request: the first that fits. */
  readonly sourcePrefix?: string | readonly string[];
}

/** What {@link compile} made of schema files. */
export interface CompileResult {
  /** Nothing wrong was found. */
  readonly ok: boolean;
  /** What is wrong, file by file from top to bottom. */
  readonly diagnostics: readonly Diagnostic[];
  /** The message of a CodeGeneratorRequest, in stream framing; undefined unless `ok`. */
  readonly request: Uint8Array | undefined;
  /** Every path that the host was asked for: what to watch. */
  readonly paths: readonly string[];
}

/** The version of the C++ compiler whose requests these are equal to. */
const capnpVersion = { major: 0, minor: 9, micro: 2 };

/**
 * Compiles schema files.
 *
 * @param files Their paths, as the host knows them.
 * @returns The request, or what is wrong with the files: never throws for what is in them.
 * @throws CapnpTypeError `ERR_TIDEMARK_ARGUMENT_TYPE` if an argument is of the wrong type.
 * @example
 * ```ts
 * const text = "@0x9e3ac1d2f4b60817; struct Point { x @0 :Int32; }";
 * const host = new MemoryHost({ "point.capnp": text });
 * const { ok, request, diagnostics } = compile(["point.capnp"], { host });
 * for (const diagnostic of diagnostics) console.error(formatDiagnostic(diagnostic));
 * ```
 */
export function compile(files: readonly string[], options: CompileOptions): CompileResult {
  checkArguments(files, options);
  const compilation = new Compilation(options);
  const request = compilation.run(files);
  const diagnostics = compilation.diagnostics.sorted();
  const ok = diagnostics.length === 0;
  return {
    ok,
    diagnostics,
    request: ok ? encodeRequest(request) : undefined,
    paths: compilation.paths,
  };
}

function checkArguments(files: readonly string[], options: CompileOptions): void {
  const isText = (value: unknown): boolean => typeof value === "string";
  if (!Array.isArray(files) || !files.every(isText)) {
    throw new CapnpTypeError("files must be an array of paths (strings)");
  }
  if (typeof options?.host?.readFile !== "function") {
    throw new CapnpTypeError("options.host must have a method readFile(path)");
  }
  const { importPath = [], sourcePrefix = "" } = options;
  if (!Array.isArray(importPath) || !importPath.every(isText)) {
    throw new CapnpTypeError("options.importPath must be an array of folders (strings)");
  }
  if (!(Array.isArray(sourcePrefix) ? sourcePrefix : [sourcePrefix]).every(isText)) {
    throw new CapnpTypeError(
      "options.sourcePrefix must be a folder or an array of folders (strings)",
    );
  }
}

class Compilation {
  readonly diagnostics: Diagnostics = new Diagnostics();
  readonly #options: CompileOptions;
  readonly #loader: ModuleLoader;
  readonly #resolver: Resolver;
  readonly #nodes: NodeCompiler;

  constructor(options: CompileOptions) {
    const { host, importPath = [] } = options;
    this.#options = options;
    this.#loader = new ModuleLoader({ host, importPath }, this.diagnostics);
    this.#resolver = new Resolver(this.diagnostics, (module, path) =>
      this.#loader.import(module, path),
    );
    this.#nodes = new NodeCompiler({
      resolver: this.#resolver,
      streamResult: (node, span) => this.#streamResult(node, span),
      readEmbedded: ({ node }, path) => this.#loader.embed(node.module, path),
    });
  }

  get paths(): string[] {
    return this.#loader.paths;
  }

  run(files: readonly string[]): Request {
    const collector = new Collector({
      finish: (node) => this.#nodes.finish(node),
      nodeById: (id) => this.#loader.nodeById(id),
      checkAliases: (node) => this.#resolver.checkAliases(node),
    });
    const modules = files.map((file) => this.#load(file)).filter((module) => module !== undefined);
    for (const { root } of modules) collector.addFile(root);
    return {
      capnpVersion,
      nodes: collector.nodes,
      sourceInfo: collector.sourceInfo,
      requestedFiles: modules.map(requestedFile),
    };
  }

  #load(file: string): Module | undefined {
    const path = normalizePath(file);
    const prefixes = [this.#options.sourcePrefix ?? []].flat().map(normalizePath);
    const prefix = prefixes.find((folder) => path.startsWith(`${folder}/`)) ?? "";
    const displayName = path.slice(prefix.length).replace(/^\//, "");
    const module = this.#loader.load(path, displayName);
    if (module === undefined) this.diagnostics.reportMissing(file);
    return module;
  }

  #streamResult(node: SchemaNode, span: Span): SchemaNode | undefined {
    const file = "/capnp/stream.capnp";
    node.module.listedImports.add(file);
    const module = this.#loader.import(node.module, file);
    const found = module?.root.members.get("StreamResult");
    if (found?.kind === "struct") return found;
    const message =
      "'stream' needs StreamResult of \"/capnp/stream.capnp\", but the file of that name " +
      "in the import path has none.";
    this.#resolver.report(node, span, message);
    return undefined;
  }
}

function requestedFile(module: Module): RequestedFile {
  const imports = [...module.listedImports].toSorted().flatMap((name) => {
    const imported = module.imports.get(name);
    return imported === undefined ? [] : [{ id: imported.root.id, name }];
  });
  return { id: module.root.id, filename: module.displayName, imports };
}
