// Runs what could end a process in a process of its own, and asserts how that ended.

import assert from "node:assert/strict";
import { type ChildOptions, type ChildResult, runChild } from "@tidemark/testing/child.js";

/** What the scenes of this folder begin with; see scene.ts. */
const preamble = `
import fs from "node:fs";
import path from "node:path";
import { GrowingFile, Mapping, pageSize, restoreFaultHandler } from "#core/index.js";
import * as scene from "../test/crash/scene.js";
const { report, trouble } = scene;
`;

/** The text of a module that plays a scene; it may import what it needs besides. */
export function sceneSource(body: string): string {
  return preamble + body;
}

/** Plays a scene; the process must end by itself, without a signal. Gives what it reported. */
// biome-ignore lint/suspicious/noExplicitAny: a test knows what its own scene reports.
export async function endsWell(body: string, options: ChildOptions = {}): Promise<any> {
  const result = await runChild(sceneSource(body), options);
  assertEndedWell(result);
  return result.json;
}

export function assertEndedWell(result: ChildResult): void {
  const { code, signal, timedOut, stdout, stderr } = result;
  const told = `--- stdout\n${stdout}\n--- stderr\n${stderr}`;
  assert.deepEqual({ code, signal, timedOut }, { code: 0, signal: null, timedOut: false }, told);
}

/** What `trouble` gives for a recorded fault. */
export function faultAs(
  kind: string,
  access: "read" | "write",
  more: { readonly byteOffset?: number; readonly errnoName?: string } = {},
): object {
  return { name: "MappingFaultError", code: "ERR_TIDEMARK_MAPPING_FAULT", kind, access, ...more };
}

/** Asserts that `actual` has at least what `expected` has. */
export function assertIncludes(actual: object | null, expected: object): void {
  const common = Object.fromEntries(
    Object.keys(expected).map((key) => [key, (actual as Record<string, unknown> | null)?.[key]]),
  );
  assert.deepEqual(common, expected, `got ${JSON.stringify(actual)}`);
}
