// A process that builds links until it is killed. What it has published is in a mapped counter.
//
//   link-builder.js FILE COUNTER SEED

import fs from "node:fs";
import { MessageFile } from "@tidemark/capnp/file";
import { Mapping } from "@tidemark/core";
import { LinkAppender } from "./chain-builder.js";

const [, , file = "", counterFile = "", seed = "0"] = process.argv;
let state = Number(seed);

/** A number below `limit`; mulberry32. */
function below(limit: number): number {
  state = (state + 0x6d2b79f5) >>> 0;
  let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
  mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
  return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * limit);
}

const counter = new Int32Array(Mapping.openFile(counterFile, { access: "read-write" }).buffer);
const segments = below(2) === 0 ? { maxSegmentByteLength: 2 ** 15 + 8 * below(4096) } : {};
const built =
  counter[0] === 0
    ? MessageFile.create(file, { ...segments, replace: "at-once" })
    : MessageFile.edit(file, segments);
const links = new LinkAppender(built.message);
fs.writeSync(1, "building\n");
const checkpoints = below(3);
// On a slow machine the kill comes late.
const most = links.count + 20_000;
while (links.count < most) {
  const stop = links.count + 1 + below(200);
  while (links.count < stop) {
    links.add();
    // ORDER: after the pointer that publishes the link.
    Atomics.store(counter, 0, links.count);
  }
  if (checkpoints > 0 && below(20) === 0) {
    if (checkpoints === 1) built.checkpointSync();
    else await built.checkpoint();
    Atomics.store(counter, 1, links.count);
  }
}
setInterval(() => undefined, 1000);
