// A worker or process that is handed a growing file, and writes every so manyth page of it.

import { once } from "node:events";
import { isMainThread, workerData } from "node:worker_threads";
import { GrowingFile, type MappingHandle, pageSize } from "@tidemark/core";

interface Task {
  readonly handle: MappingHandle;
  readonly pageCount: number;
  readonly writerCount: number;
  readonly writer: number;
}

const task: Task = isMainThread ? JSON.parse(process.argv[2] ?? "") : workerData;
const growth = { minStep: pageSize, maxStep: pageSize };
const file = GrowingFile.attach(task.handle, { growth });
if (isMainThread) {
  process.stdout.write("open\n");
  await once(process.stdin, "data");
  process.stdin.destroy();
}
const bytes = file.bytes();
for (let page = task.writer; page < task.pageCount; page += task.writerCount) {
  bytes[page * pageSize + task.writer] = 1 + (page % 255);
}
file.close();
