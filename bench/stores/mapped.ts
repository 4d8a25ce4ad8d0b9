// Rows in a mapped file: read in place, committed by a tracked file.

import fs from "node:fs";
import { Mapping, TrackedFile } from "@tidemark/core";
import { sum, sumRecord } from "../pattern.js";
import { type StoreOpener, writeRow } from "./store.js";

export const openMapped: StoreOpener = (file, access) => {
  if (access === "commit") return openTracked(file);
  const mapping = Mapping.openFile(file);
  const numbers = new Float64Array(mapping.buffer);
  return {
    get: (row) => sumRecord(numbers, row * 8),
    scan: () => sum(numbers, numbers.length),
    commit: () => assertWritable(),
    close: () => mapping.close(),
  };
};

function openTracked(file: string): ReturnType<StoreOpener> {
  const tracked = TrackedFile.open(file, { maxByteLength: fs.statSync(file).size });
  const numbers = new Float64Array(tracked.buffer);
  return {
    get: (row) => sumRecord(numbers, row * 8),
    scan: () => sum(numbers, numbers.length),
    commit: (row, change) => {
      writeRow(numbers, row * 8, row * 8 + change);
      tracked.commitSync();
    },
    close: () => tracked.close(),
  };
}

function assertWritable(): never {
  throw new Error("opened for reading");
}
