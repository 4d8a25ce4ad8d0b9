// The schema files that Debian's packages install.

import fs from "node:fs";
import path from "node:path";

export const includeFolder = "/usr/include";

/** From the include folder on: "capnp/schema.capnp". */
export function standardFiles(): string[] {
  return fs
    .readdirSync(path.join(includeFolder, "capnp"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".capnp"))
    .map((name) => `capnp/${name}`)
    .sort();
}
