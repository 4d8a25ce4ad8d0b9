// Random schemas compile to what the C++ compiler makes of them. A failure is shrunk and printed:
// keep it in test/accepted.

import assert from "node:assert/strict";
import { test } from "node:test";
import { formatDiagnostic } from "@tidemark/capnpc";
import { requires } from "@tidemark/testing/requirements.js";
import { temporaryFolder } from "@tidemark/testing/temporary.js";
import { rounds } from "@tidemark/testing/torture.js";
import { compileByOracle, compileByUs, decode, difference, writeFiles } from "./oracle.js";
import { embedded, randomSchemas, type SchemaFile } from "./random-schema.js";
import { shrink } from "./shrink.js";

// One run of the C++ compiler takes this many: starting it costs more than a schema does.
const perBatch = 100;

const seed = Number(process.env["TIDEMARK_SEED"] ?? Date.now() % 0x7fff_ffff);
const count = rounds({ short: 200, long: 10_000 });

interface Outcome {
  /** How the two compilers disagree, or undefined. */
  readonly disagreement: string | undefined;
  readonly accepted: boolean;
}

function compare(folder: string, files: readonly SchemaFile[]): Outcome {
  const names = files.map(({ name }) => name);
  const theirs = compileByOracle(folder, names);
  const ours = compileByUs(folder, names);
  const accepted = theirs.request !== undefined;
  let disagreement: string | undefined;
  if (theirs.request !== undefined && ours.request !== undefined) {
    disagreement = difference(ours.request, theirs.request);
  } else if (theirs.request !== undefined) {
    disagreement = `refused by us only: ${ours.diagnostics.map(formatDiagnostic).join("\n")}`;
  } else if (ours.request !== undefined) {
    disagreement = `refused by C++ only: ${theirs.errors}`;
  }
  return { disagreement, accepted };
}

// While it shrinks, a failure must not become another one.
function kindOf(found: string | undefined): string | undefined {
  return found?.split(/[:.]/)[0];
}

test(`${count} random schemas, from seed ${seed} on, are as with C++`, {
  skip: requires("capnp"),
}, (t) => {
  t.diagnostic(`TIDEMARK_SEED=${seed} repeats this`);
  const folder = temporaryFolder();
  writeFiles(folder, [{ name: embedded.name, text: embedded.bytes }]);
  let accepted = 0;
  for (let begin = 0; begin < count; begin += perBatch) {
    const schemas = Array.from({ length: Math.min(perBatch, count - begin) }, (_, i) =>
      randomSchemas(seed + begin + i, `s${begin + i}x`),
    );
    const files = schemas.flat();
    writeFiles(folder, files);
    const whole = compare(folder, files);
    if (whole.accepted && whole.disagreement === undefined) {
      accepted += schemas.length;
      continue;
    }
    accepted += lookIntoEach(folder, schemas, seed + begin);
  }
  // What both refuse shows little: the generator makes few of those.
  assert.ok(accepted > 0.9 * count, `only ${accepted} of ${count} were valid`);
});

/** Finds which schema of a batch is at fault, shrinks it and fails; else counts the valid ones. */
function lookIntoEach(
  folder: string,
  schemas: readonly (readonly SchemaFile[])[],
  firstSeed: number,
): number {
  let accepted = 0;
  for (const [i, files] of schemas.entries()) {
    const outcome = compare(folder, files);
    if (outcome.accepted) accepted++;
    const { disagreement: found } = outcome;
    if (found === undefined) continue;
    const small = shrink(files, (candidate) => {
      writeFiles(folder, candidate);
      return kindOf(compare(folder, candidate).disagreement) === kindOf(found);
    });
    writeFiles(folder, small);
    const shown = small.map(({ name, text }) => `--- ${name}\n${text}`).join("\n");
    const why = compare(folder, small).disagreement;
    assert.fail(`seed ${firstSeed + i}: ${found}\nshrunk to:\n${shown}\n${why}`);
  }
  return accepted;
}

test("what the capnp tool shows of a random request is the same text", {
  skip: requires("capnp"),
}, () => {
  const folder = temporaryFolder();
  writeFiles(folder, [{ name: embedded.name, text: embedded.bytes }]);
  const files = Array.from({ length: 10 }, (_, i) => randomSchemas(seed + i, `s${i}x`)).flat();
  writeFiles(folder, files);
  const names = files.map(({ name }) => name);
  const theirs = compileByOracle(folder, names);
  const ours = compileByUs(folder, names);
  if (theirs.request === undefined || ours.request === undefined) return;
  assert.equal(decode(ours.request), decode(theirs.request));
});
