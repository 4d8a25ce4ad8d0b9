// The version of this package.

import fs from "node:fs";

const manifest = fs.readFileSync(new URL("../../package.json", import.meta.url), "utf8");

export const packageVersion: string = JSON.parse(manifest).version;
