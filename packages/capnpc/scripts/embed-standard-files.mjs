// Writes standard/files.js: the standard schema files as text that a browser can import too.
//
//   node packages/capnpc/scripts/embed-standard-files.mjs

import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const folder = path.resolve(path.dirname(fileURLToPath(import.meta.url)), "../standard");
const names = fs
  .readdirSync(folder, { recursive: true })
  .map((name) => String(name).replaceAll(path.sep, "/"))
  .filter((name) => name.endsWith(".capnp"))
  .sort();

const entries = names.map((name) => {
  const text = fs.readFileSync(path.join(folder, name), "utf8");
  return `  ${JSON.stringify(name)}:\n    ${JSON.stringify(text)},\n`;
});
fs.writeFileSync(
  path.join(folder, "files.js"),
  `// Made by embed-standard-files.mjs from the files beside it. Their licence is in them.\n\n` +
    `export const standardFiles = {\n${entries.join("")}};\n`,
);
