// Schema files of the file system.

import fs from "node:fs";
import type { SchemaHost } from "./compile/host.js";

/** Reads schema files with Node.js; paths are relative to the working folder. */
export const nodeHost: SchemaHost = {
  readFile(path: string): Uint8Array | undefined {
    try {
      return fs.readFileSync(path);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      // Folders and what lies below a file are no files either.
      if (code === "ENOENT" || code === "ENOTDIR" || code === "EISDIR") return undefined;
      throw error;
    }
  },
};
