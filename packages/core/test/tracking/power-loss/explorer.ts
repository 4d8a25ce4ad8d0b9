// Explores what power losses leave of a tracked file: rebuilds states of the disk, opens each, and
// looks whether the file reads as one of the versions that it may have.

import { createHash } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { TrackedFile } from "@tidemark/core";
import { type Chance, type Contents, Disk } from "./disk.js";
import type { StorageCall } from "./storage-log.js";

/** A file and its calls, with what the file may read as in between. */
export interface Story {
  /** Where the file is. It stays the same file: a journal knows its own. */
  readonly file: string;
  readonly before: Contents;
  readonly calls: readonly StorageCall[];
  /** The versions that a state after so many calls may show. */
  allowed(callCount: number): readonly Buffer[];
}

/** A state that no power loss should leave. */
export interface Violation {
  readonly after: number;
  readonly contents: Contents;
  readonly why: string;
}

export interface Exploration {
  readonly states: number;
  readonly violations: readonly Violation[];
  /** Some states that had a journal to recover from. */
  readonly recovered: readonly { readonly after: number; readonly contents: Contents }[];
}

/** Numbers that look random and are the same in every run. */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0;
  }

  /** From 0 to 1. */
  next(): number {
    // mulberry32
    this.#state = (this.#state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(this.#state ^ (this.#state >>> 15), 1 | this.#state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  }

  below(count: number): number {
    return Math.floor(this.next() * count);
  }
}

/** Ways to lose: from nothing of what was not synced, over one sector missing, to all of it. */
function chances(random: Random, uncertain: number): Chance[] {
  const prefix = (count: number): number => {
    const draw = random.next();
    return draw < 0.3 ? count : draw < 0.5 ? 0 : random.below(count + 1);
  };
  const rare = (wanted: boolean): Chance => {
    let left = random.below(Math.max(1, uncertain));
    return {
      sector: () => (left-- === 0) === wanted,
      prefix: (count) => (wanted ? prefix(count) : count),
    };
  };
  const cut = random.below(uncertain + 1);
  let seen = 0;
  return [
    { sector: () => false, prefix: () => 0 },
    { sector: () => true, prefix: (count) => count },
    { sector: () => true, prefix },
    { sector: () => false, prefix: (count) => count },
    rare(true),
    rare(false),
    rare(false),
    { sector: () => seen++ < cut, prefix },
    ...[0.1, 0.5, 0.9].map((share) => ({ sector: () => random.next() < share, prefix })),
  ];
}

/** Opens states until `most` were seen; `alter` changes each before, as a mistake would. */
export function explore(
  story: Story,
  options: {
    readonly seed: number;
    readonly most: number;
    readonly alter?: (contents: Contents) => Contents;
    /** Ends with the first violation. */
    readonly one?: boolean;
  },
): Exploration {
  const random = new Random(options.seed);
  const seen = new Set<string>();
  const violations: Violation[] = [];
  const recovered: { after: number; contents: Contents }[] = [];
  // Round and round over the moments, until there is nothing new or enough was seen.
  for (let round = 0; round < 40 && seen.size < options.most; round++) {
    const disk = new Disk(story.before);
    for (let after = 0; after <= story.calls.length; after++) {
      if (after > 0) disk.apply(story.calls[after - 1] as StorageCall);
      for (const chance of chances(random, disk.uncertain)) {
        const lost = disk.lose(chance);
        const contents = options.alter?.(lost) ?? lost;
        const key = `${after}:${fingerprint(contents)}`;
        if (seen.has(key)) continue;
        seen.add(key);
        const why = open(story, contents, story.allowed(after));
        if (why !== undefined) violations.push({ after, contents, why });
        if (why !== undefined && options.one === true) {
          return { states: seen.size, violations, recovered };
        }
        if (contents.size > 1 && random.next() < 0.1) recovered.push({ after, contents });
      }
    }
  }
  return { states: seen.size, violations, recovered };
}

function fingerprint(contents: Contents): string {
  const hash = createHash("md5");
  for (const [name, bytes] of contents) hash.update(`${name} ${bytes.length} `).update(bytes);
  return hash.digest("base64");
}

/** Puts a state where the file is. */
export function restore(file: string, contents: Contents): void {
  const folder = path.dirname(file);
  for (const name of fs.readdirSync(folder)) {
    if (!contents.has(name)) fs.rmSync(path.join(folder, name));
  }
  for (const [name, bytes] of contents) {
    const fd = fs.openSync(
      path.join(folder, name),
      fs.constants.O_RDWR | fs.constants.O_CREAT,
      0o600,
    );
    fs.ftruncateSync(fd, bytes.length);
    if (bytes.length > 0) fs.writeSync(fd, bytes, 0, bytes.length, 0);
    fs.closeSync(fd);
  }
}

/** What is wrong with a state after it was opened; undefined when nothing is. */
function open(story: Story, contents: Contents, allowed: readonly Buffer[]): string | undefined {
  restore(story.file, contents);
  try {
    TrackedFile.open(story.file, { maxByteLength: 2 ** 24 }).close({ commit: false });
  } catch (error) {
    return `it could not be opened: ${(error as Error).message}`;
  }
  const left = fs.readdirSync(path.dirname(story.file));
  if (left.length !== 1) return `there is still ${left.join(", ")}`;
  const shown = fs.readFileSync(story.file);
  if (allowed.some((version) => version.equals(shown))) return undefined;
  return `it has ${shown.length} bytes, which are no version of it`;
}
