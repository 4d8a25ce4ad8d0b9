// Where things are, for tests.

import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

export const repositoryRoot: string = fileURLToPath(new URL("../../../", import.meta.url));

/** The folder of the package whose test is running. */
export const packageRoot: string = packageOf(process.argv[1] ?? process.cwd());

function packageOf(file: string): string {
  let folder = path.dirname(path.resolve(file));
  while (!fs.existsSync(path.join(folder, "package.json"))) {
    const above = path.dirname(folder);
    if (above === folder) throw new Error(`no package holds ${file}`);
    folder = above;
  }
  return folder;
}
