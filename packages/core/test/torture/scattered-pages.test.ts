// Hundreds of thousands of pages, written here and there, in one commit.

import assert from "node:assert/strict";
import fs from "node:fs";
import { test } from "node:test";
import { pageSize, TrackedFile } from "@tidemark/core";
import { temporaryPath } from "@tidemark/testing/temporary.js";
import { rounds } from "@tidemark/testing/torture.js";

const count = rounds({ short: 40_000, long: 300_000 });

for (const detection of ["guard-pages", "kernel"] as const) {
  test(`${count} scattered pages are committed with few map entries (${detection})`, () => {
    const path = temporaryPath();
    const file = TrackedFile.open(path, { create: true, detection, maxByteLength: 2 ** 34 });
    // Windows: Node 20 has none longer than 4 GiB, anywhere than 2.
    const stride = 2 * pageSize;
    const window = 2 ** 30 / stride;
    let mostEntries = 0;
    for (let first = 0; first < count; first += window) {
      const here = Math.min(window, count - first);
      const bytes = file.bytes(first * stride, here * stride);
      for (let index = 0; index < here; index++) {
        const page = (index * 7919) % here;
        bytes[page * stride + (page % pageSize)] = 1 + (page % 255);
        if (index % 10_000 === 0) mostEntries = Math.max(mostEntries, mapEntryCount());
      }
    }
    assert.ok(mostEntries < 5000, `${mostEntries} map entries`);
    assert.equal(file.dirtyRanges().length, count);
    file.close({ durable: false });
    const fd = fs.openSync(path, "r");
    const byte = Buffer.alloc(1);
    for (let index = 0; index < count; index++) {
      const page = index % window;
      fs.readSync(fd, byte, 0, 1, index * stride + (page % pageSize));
      if (byte[0] !== 1 + (page % 255)) assert.fail(`page ${index} has ${byte[0]}`);
    }
    fs.closeSync(fd);
    fs.rmSync(path);
  });
}

function mapEntryCount(): number {
  return fs.readFileSync("/proc/self/maps", "latin1").split("\n").length - 1;
}
