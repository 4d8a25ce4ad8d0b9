// What files of this family begin with: see docs/formats.md.

import fs from "node:fs";
import type { Mapping } from "tidemark";
import { idFileLayout, idFileMagic } from "../commands/id-file-layout.js";

/** A format that a file's first bytes tell. */
export interface KnownFormat {
  readonly name: string;
  /** Undefined where the format has none. */
  readonly version: number | undefined;
}

interface Magic {
  readonly text: string;
  readonly name: string;
  /** Where a 32-bit version is. */
  readonly versionAt: number;
}

const magics: readonly Magic[] = [
  { text: idFileMagic, name: "file of ids (tidemark id)", versionAt: idFileLayout.version },
  { text: "TMHEAP\0\x01", name: "heap (tidemark/heap)", versionAt: 8 },
  { text: "TMRECORD", name: "records with a header (tidemark/records)", versionAt: 8 },
  { text: "TIDEUNDO", name: "journal of a tracked file", versionAt: 8 },
];

/** The letters of `TMx`, which begin what is in shared memory; its version is the fourth byte. */
const primitives: Readonly<Record<string, string>> = {
  m: "mutex",
  r: "read-write lock",
  s: "semaphore",
  c: "condition",
  b: "barrier",
  q: "sequence",
  n: "channel",
};

const headByteLength = 16;

/** Undefined where the first bytes say nothing. */
export function knownFormat(mapping: Mapping): KnownFormat | undefined {
  const head = Buffer.from(mapping.bytes(0, Math.min(headByteLength, mapping.byteLength)));
  if (head.length < headByteLength) return undefined;
  const text = head.toString("latin1");
  const magic = magics.find((each) => text.startsWith(each.text));
  if (magic !== undefined) {
    return { name: magic.name, version: head.readUInt32LE(magic.versionAt) };
  }
  const primitive = text.startsWith("TM") ? primitives[text.charAt(2)] : undefined;
  const version = head[3] as number;
  // Letters and a small number are not much to go by.
  if (primitive === undefined || version === 0 || version > 9) return undefined;
  return { name: `${primitive} (tidemark/sync)`, version };
}

/** The journal that a commit left beside a tracked file, until it is next opened. */
export function journalOf(file: string): string | undefined {
  const journal = `${file}.tidemark-journal`;
  return fs.existsSync(journal) ? journal : undefined;
}
