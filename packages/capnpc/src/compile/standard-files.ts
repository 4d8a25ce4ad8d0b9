// The schema files that come with Cap'n Proto: importable as "/capnp/…" without being installed.

import { standardFiles } from "../../standard/files.js";

/** A standard file by its path without the leading slash; undefined if there is none. */
export function standardFile(path: string): Uint8Array | undefined {
  if (!Object.hasOwn(standardFiles, path)) return undefined;
  return new TextEncoder().encode(standardFiles[path]);
}
