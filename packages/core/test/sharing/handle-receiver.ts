// A worker or process that is handed memory: tells what it finds in it and where it is from, and
// writes to it.

import fs from "node:fs";
import { isMainThread, parentPort, workerData } from "node:worker_threads";
import { GrowingFile, Mapping, type MappingHandle } from "@tidemark/core";

function use(handle: MappingHandle, descriptor?: number): { found: number; inode: string } {
  const options = descriptor === undefined ? {} : { descriptor };
  const mapping =
    handle.maxByteLength === undefined
      ? Mapping.attach(handle, options)
      : GrowingFile.attach(handle, options);
  const bytes = mapping.bytes();
  const found = bytes[0] as number;
  bytes[0] = 22;
  // Of the file that is mapped here, as the kernel lists it.
  const maps = fs.readFileSync("/proc/self/maps", "utf8");
  const line = maps.split("\n").find((entry) => entry.split(/ +/)[4] === handle.ino);
  mapping.close();
  return { found, inode: line?.split(/ +/)[4] ?? "not mapped" };
}

const [, , way, said = "", file = ""] = process.argv;
if (!isMainThread) {
  parentPort?.postMessage(use(workerData));
} else if (way === "by-message") {
  process.once("message", (handle: MappingHandle) => {
    process.send?.(use(handle), () => process.disconnect());
  });
} else if (way === "by-descriptor") {
  fs.writeSync(1, JSON.stringify(use(JSON.parse(said).handle, 3)));
} else {
  const answer = { ...use(JSON.parse(said).handle), parent: process.ppid };
  fs.writeFileSync(`${file}.new`, JSON.stringify(answer));
  fs.renameSync(`${file}.new`, file);
}
