// Compiles schema files of the file system, once or whenever they change.

import fs from "node:fs";
import path from "node:path";
import { type CompileResult, compile } from "./compile/compiler.js";
import { nodeHost } from "./node-host.js";

export { nodeHost } from "./node-host.js";

/** Options of {@link compileFiles} and {@link watchFiles}. */
export interface CompileFilesOptions {
  /** Folders in which imports that begin with a slash are looked for, before the standard files. */
  readonly importPath?: readonly string[];
  /** Removed from the beginning of file names in the request, as the working folder is. */
  readonly sourcePrefix?: string;
}

/**
 * Compiles schema files of the file system; see {@link compile}.
 *
 * @throws the system's error where a file is there but cannot be read (EACCES, EIO).
 * @example
 * ```ts
 * const { ok, request, diagnostics } = compileFiles(["person.capnp"], { importPath: ["schemas"] });
 * ```
 */
export function compileFiles(
  files: readonly string[],
  options: CompileFilesOptions = {},
): CompileResult {
  const { importPath = [], sourcePrefix } = options;
  const prefixes = sourcePrefix === undefined ? [] : [absolute(sourcePrefix)];
  // One file has one path, however it is reached.
  return compile(files.map(absolute), {
    host: nodeHost,
    importPath: importPath.map(absolute),
    sourcePrefix: [...prefixes, absolute(".")],
  });
}

function absolute(file: string): string {
  return path.resolve(file).replaceAll(path.sep, "/");
}

// Editors write a file in several steps: what comes within this time is one change.
const quietMs = 50;

/** Watches until it is closed. */
export interface SchemaWatcher extends Disposable {
  /** Ends it, and lets the process end. */
  close(): void;
}

/**
 * Compiles schema files now, and again whenever one of them, or of what they import or embed,
 * changes, comes or goes. Holds the process open until it is closed.
 *
 * @param onResult Called with every result, the first time before this returns.
 * @param onError Called when a file cannot be read; watching goes on.
 * @example
 * ```ts
 * const watcher = watchFiles(["person.capnp"], {}, ({ diagnostics }) => {
 *   for (const diagnostic of diagnostics) console.error(formatDiagnostic(diagnostic));
 * });
 * watcher.close();
 * ```
 */
export function watchFiles(
  files: readonly string[],
  options: CompileFilesOptions,
  onResult: (result: CompileResult) => void,
  onError: (error: unknown) => void = throwLater,
): SchemaWatcher {
  const watching = new Watching(files, options, { onResult, onError });
  watching.compile();
  return watching;
}

function throwLater(error: unknown): void {
  queueMicrotask(() => {
    throw error;
  });
}

class Watching implements SchemaWatcher {
  readonly #files: readonly string[];
  readonly #options: CompileFilesOptions;
  readonly #handlers: {
    readonly onResult: (result: CompileResult) => void;
    readonly onError: (error: unknown) => void;
  };
  // Folders are watched, not files: files are often replaced by others of their name.
  readonly #watchers = new Map<string, fs.FSWatcher>();
  #timer: NodeJS.Timeout | undefined;
  #names = new Set<string>();
  #closed = false;

  constructor(
    files: readonly string[],
    options: CompileFilesOptions,
    handlers: {
      readonly onResult: (result: CompileResult) => void;
      readonly onError: (error: unknown) => void;
    },
  ) {
    this.#files = files;
    this.#options = options;
    this.#handlers = handlers;
  }

  compile(): void {
    try {
      // Watched before they are read, so that no change in between is missed.
      this.#watch(this.#files);
      const result = compileFiles(this.#files, this.#options);
      this.#watch([...this.#files, ...result.paths]);
      this.#handlers.onResult(result);
    } catch (error) {
      this.#handlers.onError(error);
    }
  }

  #watch(paths: readonly string[]): void {
    if (this.#closed) return;
    this.#names = new Set(paths.map((file) => path.resolve(file)));
    const folders = new Set([...this.#names].map((file) => path.dirname(file)));
    for (const [folder, watcher] of this.#watchers) {
      if (folders.has(folder)) continue;
      watcher.close();
      this.#watchers.delete(folder);
    }
    for (const folder of folders) {
      if (this.#watchers.has(folder) || !fs.existsSync(folder)) continue;
      const watcher = fs.watch(folder, (_, name) => this.#changed(folder, name));
      // The folder has gone: what is in it is found missing when something else changes.
      watcher.on("error", () => {
        watcher.close();
        this.#watchers.delete(folder);
      });
      this.#watchers.set(folder, watcher);
    }
  }

  #changed(folder: string, name: string | null): void {
    if (this.#closed || (name !== null && !this.#names.has(path.join(folder, name)))) return;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.compile(), quietMs);
  }

  close(): void {
    this.#closed = true;
    clearTimeout(this.#timer);
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  [Symbol.dispose](): void {
    this.close();
  }
}
