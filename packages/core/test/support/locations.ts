// Where things are, for tests, which run from build/test.

import path from "node:path";
import { fileURLToPath } from "node:url";

/** The folder of @tidemark/core. */
export const packageRoot: string = fileURLToPath(new URL("../../../", import.meta.url));

export const repositoryRoot: string = path.join(packageRoot, "..", "..");
