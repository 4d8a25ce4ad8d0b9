// Rows in a file that is read and written through its descriptor.

import fs from "node:fs";
import { recordByteLength, sum, sumRecord } from "../pattern.js";
import { rowBuffer, rowBytes, type StoreOpener } from "./store.js";

const blockByteLength = 2 ** 20;

export const openDescriptor: StoreOpener = (file, access) => {
  const fd = fs.openSync(file, access === "commit" ? "r+" : "r");
  const row = rowBuffer();
  return {
    get: (number) => {
      fs.readSync(fd, row.bytes, 0, recordByteLength, number * recordByteLength);
      return sumRecord(row.numbers, 0);
    },
    scan: () => {
      const block = new Float64Array(blockByteLength / 8);
      let [total, at] = [0, 0];
      for (;;) {
        const length = fs.readSync(fd, block, 0, blockByteLength, at);
        if (length === 0) return total;
        total += sum(block, length / 8);
        at += length;
      }
    },
    commit: (number, change) => {
      const bytes = rowBytes(row, number, change);
      fs.writeSync(fd, bytes, 0, recordByteLength, number * recordByteLength);
      fs.fdatasyncSync(fd);
    },
    close: () => fs.closeSync(fd),
  };
};
