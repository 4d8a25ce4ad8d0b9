// Allocates and frees mixed sizes at random: how long a pair takes, and how much memory is wasted.

import { GrowingFile, Mapping } from "@tidemark/core";
import { Heap } from "@tidemark/core/heap";
import { drive, now } from "../driver.js";
import type { Sample } from "../sample.js";

interface HeapChurn {
  readonly operations: number;
  readonly live: number;
  /** None: anonymous memory. */
  readonly file?: string;
  /** Bytes of an allocation: from 16, most of them short. */
  readonly longest: number;
}

let state = 1;

await drive((job: HeapChurn): Sample => {
  const mapping =
    job.file === undefined
      ? Mapping.anonymous(2 ** 30)
      : GrowingFile.create(job.file, { maxByteLength: 2 ** 31, overwrite: true });
  const heap = Heap.create(mapping);
  // Warm: all is compiled, and there are as many live ones as there will be.
  const live = new Float64Array(job.live);
  const lengths = new Uint32Array(job.live);
  const sizes = Uint32Array.from({ length: 4096 }, () => {
    return 16 + Math.floor(random() * random() * (job.longest - 16));
  });
  churn(heap, { live, lengths, sizes, operations: 4 * job.live });
  const start = now();
  churn(heap, { live, lengths, sizes, operations: job.operations });
  const timeMs = now() - start;
  const problems = heap.check();
  if (problems.length > 0) throw new Error(JSON.stringify(problems[0]));
  const liveBytes = lengths.reduce((total, length) => total + length, 0);
  const { byteLength, allocatedByteLength } = heap.usage;
  const pairNs = timePairs(heap, sizes, job.operations / 2);
  mapping.close();
  return {
    metrics: {
      pairNs,
      churnNs: (2 * timeMs * 1e6) / job.operations,
      waste: byteLength / liveBytes,
      overhead: allocatedByteLength / liveBytes,
    },
  };
});

/** Each operation frees what is in a slot at random, or fills it. */
function churn(
  heap: Heap,
  how: {
    readonly live: Float64Array;
    readonly lengths: Uint32Array;
    readonly sizes: Uint32Array;
    readonly operations: number;
  },
): void {
  const { live, lengths, sizes, operations } = how;
  for (let turn = 0; turn < operations; turn++) {
    const slot = Math.floor(random() * live.length);
    const at = live[slot] as number;
    if (at === 0) {
      const length = sizes[turn & 4095] as number;
      live[slot] = heap.allocate(length);
      lengths[slot] = length;
    } else {
      heap.free(at);
      live[slot] = 0;
      lengths[slot] = 0;
    }
  }
}

/** Nanoseconds of an allocation and its freeing, among many others that live. */
function timePairs(heap: Heap, sizes: Uint32Array, count: number): number {
  const start = now();
  for (let turn = 0; turn < count; turn++) heap.free(heap.allocate(sizes[turn & 4095] as number));
  return ((now() - start) * 1e6) / count;
}

function random(): number {
  state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
  return state / 2 ** 32;
}
