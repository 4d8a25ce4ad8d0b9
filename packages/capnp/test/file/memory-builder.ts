// Builds a list of blobs, and says what memory that took.
//
//   memory-builder.js FILE COUNT BYTES

import fs from "node:fs";
import { MessageFile } from "@tidemark/capnp/file";
import { Chain } from "../schemas/chain.js";

const [, , file = "", count = "0", byteLength = "0"] = process.argv;
const built = MessageFile.create(file);
const blobs = built.initRoot(Chain).initBlobs(Number(count));
const before = memory();
for (let index = 0; index < Number(count); index++) {
  const blob = blobs.init(index, Number(byteLength));
  blob.fill(7);
  blob[0] = index & 255;
}
const after = memory();
await built.close();
const growth = {
  heapGrowth: after.heapUsed - before.heapUsed,
  // In Node 20 a long mapping has several buffers of 4 GiB, which count as external.
  externalGrowth: (after.external - before.external) % 2 ** 32,
};
fs.writeSync(1, `${JSON.stringify(growth)}\n`);

function memory(): NodeJS.MemoryUsage {
  gc?.();
  return process.memoryUsage();
}
