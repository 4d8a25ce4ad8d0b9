// What the compiler asks of the world: the bytes of a file. And the paths it asks with.

/** Where schema files come from: a file system, a map, the network read beforehand. */
export interface SchemaHost {
  /** The bytes of the file at `path`, or undefined if there is none. */
  readFile(path: string): Uint8Array | undefined;
}

/** Files in memory by path: for browsers and tests. */
export class MemoryHost implements SchemaHost {
  readonly #files = new Map<string, Uint8Array>();

  constructor(files: Readonly<Record<string, string | Uint8Array>>) {
    for (const [path, content] of Object.entries(files)) {
      const bytes = typeof content === "string" ? new TextEncoder().encode(content) : content;
      this.#files.set(normalizePath(path), bytes);
    }
  }

  readFile(path: string): Uint8Array | undefined {
    return this.#files.get(normalizePath(path));
  }
}

/** A path without empty and `.` parts, and with `..` applied where that can be done. */
export function normalizePath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else if (part !== ".." || !path.startsWith("/")) parts.push(part);
  }
  return (path.startsWith("/") ? "/" : "") + parts.join("/");
}

/** `path` as seen from the folder of the file `from`. */
export function besidePath(from: string, path: string): string {
  const slash = from.lastIndexOf("/");
  return normalizePath(slash < 0 ? path : `${from.slice(0, slash + 1)}${path}`);
}

/** `path`, which begins with a slash, as seen from `folder`. */
export function belowPath(folder: string, path: string): string {
  return normalizePath(`${folder === "" ? "." : folder}/${path}`);
}
