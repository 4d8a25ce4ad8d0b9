// Where things are, for benchmarks, which run from bench/dist.

import path from "node:path";
import { fileURLToPath } from "node:url";

/** bench/ itself. */
export const sourceFolder: string = fileURLToPath(new URL("../", import.meta.url));

/** What benchmarks make for themselves. */
export const buildFolder: string = path.join(sourceFolder, "build");

export const resultsFolder: string = path.join(sourceFolder, "results");

export const documentsFolder: string = path.join(sourceFolder, "..", "docs");
