// The parts of reserving 1 TiB over a new file, each timed by itself, with the modules inside
// @tidemark/core that GrowingFile.create puts together.

import fs from "node:fs";
import path from "node:path";
import { pageSize } from "@tidemark/core";
import { drive, now } from "../driver.js";
import { median, type Sample } from "../sample.js";

interface ReserveParts {
  readonly folder: string;
  readonly count: number;
  readonly part: "open" | "join" | "map";
}

const maxByteLength = 2 ** 40;
const { native } = await inside<typeof import("../../packages/core/src/binding.js")>("binding");
const { openFile } =
  await inside<typeof import("../../packages/core/src/mapping/file-source.js")>(
    "mapping/file-source",
  );
const { Region } =
  await inside<typeof import("../../packages/core/src/mapping/region.js")>("mapping/region");
const { enter, leave } =
  await inside<typeof import("../../packages/core/src/growth/presence.js")>("growth/presence");

await drive(({ folder, count, part }: ReserveParts): Sample => {
  const file = path.join(folder, `parts-${process.pid}`);
  for (let turn = 0; turn < count; turn++) reserve(file);
  const samples = Array.from({ length: count }, () => reserve(file)[part]);
  return { metrics: { openUs: median(samples), slowestUs: Math.max(...samples) } };
});

async function inside<T>(module: string): Promise<T> {
  return import(new URL(`${module}.js`, import.meta.resolve("@tidemark/core")).href);
}

function reserve(file: string): Record<ReserveParts["part"], number> {
  const start = now();
  const how = { write: true, create: true, exclusive: true, mode: 0o600 };
  const opened = openFile("file", file, how);
  const open = now();
  const admission = enter(opened, { overwrite: false });
  const joined = now();
  const region = new Region({
    name: opened.name,
    path: opened.path,
    source: "file",
    strategy: "extend-file",
    access: "read-write",
    flags: 0,
    fd: opened.fd,
    byteOffset: 0,
    byteLength: maxByteLength,
    shared: false,
    pageSize,
    stepMin: 2 ** 20,
    stepMax: 2 ** 28,
  });
  const mapped = now();
  const fd = region.close(true);
  leave({ ...opened, fd }, admission, { byteLength: 0, trim: true, maxByteLength });
  native.closeFile(fd);
  fs.rmSync(file);
  return {
    open: (open - start) * 1e3,
    join: (joined - open) * 1e3,
    map: (mapped - joined) * 1e3,
  };
}
