// Damaged messages through everything that reads: one of two halves, which run side by side.

import { test } from "node:test";
import { rounds } from "@tidemark/testing/torture.js";
import { attackAll } from "./subjects.js";

const count = rounds({ short: 10_000, long: 1_000_000 });
// The short run is the same every time.
const usualSeed = rounds({ short: 2, long: Math.floor(Math.random() * 2 ** 30) });
const seed = Number(process.env["TIDEMARK_SEED"] ?? usualSeed);

test(`${count} damaged messages, seed ${seed}`, () => {
  attackAll(count, seed);
});
