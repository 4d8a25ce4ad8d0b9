// A loop over records in mapped memory: through a cursor, or with typed arrays as one would write
// it by hand.

import { PerformanceObserver } from "node:perf_hooks";
import { setImmediate as turn } from "node:timers/promises";
import { Mapping } from "@tidemark/core";
import { float64, int32, type RecordArray, record, uint16 } from "@tidemark/core/records";
import { drive, now } from "../driver.js";
import { median, type Sample } from "../sample.js";

interface RecordLoop {
  readonly count: number;
  readonly way: "cursor" | "for-of" | "typed-arrays" | "data-view";
}

const Reading = record({ id: int32, value: float64, kind: uint16 }, { name: "Reading" });
type Reading = ReturnType<typeof Reading.at>;

/** How both work, on so many records. */
interface Work {
  fill(): void;
  sum(): number;
}

await drive(async (job: RecordLoop): Promise<Sample> => {
  // Compiled before it is measured, as in a program that runs for a while.
  const small = work(job.way, Mapping.anonymous(100 * Reading.byteLength));
  for (let round = 0; round < 20_000; round++) {
    small.fill();
    small.sum();
  }
  const collections: number[] = [];
  const observer = new PerformanceObserver((list) => collections.push(list.getEntries().length));
  const mapping = Mapping.anonymous(job.count * Reading.byteLength, { populate: true });
  const { fill, sum } = work(job.way, mapping);
  fill();
  const expected = sum();
  await turn();
  const fills: number[] = [];
  const sums: number[] = [];
  observer.observe({ entryTypes: ["gc"] });
  const heapBefore = process.memoryUsage().heapUsed;
  for (let round = 0; round < 7; round++) {
    let start = now();
    fill();
    fills.push(now() - start);
    start = now();
    if (sum() !== expected) throw new Error("the sums differ");
    sums.push(now() - start);
  }
  const garbage = process.memoryUsage().heapUsed - heapBefore;
  await turn();
  const passes = 14 * job.count;
  return {
    metrics: {
      fillNs: (median(fills) * 1e6) / job.count,
      sumNs: (median(sums) * 1e6) / job.count,
      collections: collections.reduce((total, count) => total + count, 0),
      garbageBytes: Math.max(0, garbage) / passes,
    },
    checksum: expected,
  };
});

function work(way: RecordLoop["way"], mapping: Mapping): Work {
  if (way === "typed-arrays") return byHand(mapping);
  if (way === "data-view") return byDataView(mapping);
  const records = Reading.array(mapping);
  return way === "cursor" ? byCursor(records) : byIteration(records);
}

function byCursor(records: RecordArray<Reading>): Work {
  const cursor = records.cursor();
  return {
    fill() {
      for (let index = 0; index < cursor.length; index++) {
        const each = cursor.to(index);
        each.id = index & 0xffffff;
        each.value = index * 0.5;
        each.kind = index & 0xffff;
      }
    },
    sum() {
      let total = 0;
      for (let index = 0; index < cursor.length; index++) {
        const each = cursor.to(index);
        total += each.value + each.id + each.kind;
      }
      return total;
    },
  };
}

function byIteration(records: RecordArray<Reading>): Work {
  return {
    fill() {
      let index = 0;
      for (const each of records) {
        each.id = index & 0xffffff;
        each.value = index * 0.5;
        each.kind = index & 0xffff;
        index++;
      }
    },
    sum() {
      let total = 0;
      for (const each of records) total += each.value + each.id + each.kind;
      return total;
    },
  };
}

function byHand(mapping: Mapping): Work {
  const { buffer, byteLength } = mapping;
  const ints = new Int32Array(buffer, 0, byteLength / 4);
  const floats = new Float64Array(buffer, 0, byteLength / 8);
  const shorts = new Uint16Array(buffer, 0, byteLength / 2);
  const count = byteLength / 24;
  return {
    fill() {
      for (let index = 0; index < count; index++) {
        ints[index * 6] = index & 0xffffff;
        floats[index * 3 + 1] = index * 0.5;
        shorts[index * 12 + 8] = index & 0xffff;
      }
    },
    sum() {
      let total = 0;
      for (let index = 0; index < count; index++) {
        total +=
          (floats[index * 3 + 1] as number) +
          (ints[index * 6] as number) +
          (shorts[index * 12 + 8] as number);
      }
      return total;
    },
  };
}

function byDataView(mapping: Mapping): Work {
  const view = new DataView(mapping.buffer, 0, mapping.byteLength);
  const count = mapping.byteLength / 24;
  return {
    fill() {
      for (let index = 0; index < count; index++) {
        const at = index * 24;
        view.setInt32(at, index & 0xffffff, true);
        view.setFloat64(at + 8, index * 0.5, true);
        view.setUint16(at + 16, index & 0xffff, true);
      }
    },
    sum() {
      let total = 0;
      for (let index = 0; index < count; index++) {
        const at = index * 24;
        total +=
          view.getFloat64(at + 8, true) + view.getInt32(at, true) + view.getUint16(at + 16, true);
      }
      return total;
    },
  };
}
