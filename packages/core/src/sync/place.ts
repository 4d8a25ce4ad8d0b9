// Where a primitive lives: some bytes of a mapping, checked once, and its words.

import { type Bytes, checkBytes, shown } from "../arguments.js";
import {
  ArgumentRangeError,
  ArgumentTypeError,
  ClosedError,
  DestroyedError,
  UnsupportedError,
} from "../errors.js";
import { Mapping, regionOf } from "../mapping/mapping.js";
import type { Region } from "../mapping/region.js";
import { type Kind, kindNames, placeLayout } from "./layout.js";
import { ownWorld } from "./owner.js";
import { type WaitEnd, type WaitTerms, waitFor, waitHere, wake } from "./waiting.js";

const world = BigInt.asIntN(64, (BigInt(ownWorld.space) << 32n) | BigInt(ownWorld.boot));

export class Place {
  readonly mapping: Mapping;
  readonly region: Region;
  readonly byteOffset: number;
  /** "the mutex at byte 64 of the file x", for messages. */
  readonly name: string;
  readonly words: Int32Array;
  readonly kind: Kind;

  /**
   * Checks the arguments and what the memory holds, and says there what it is used for.
   *
   * @throws {@link ArgumentTypeError}, {@link ArgumentRangeError}, {@link ClosedError};
   * {@link DestroyedError} when it holds something else; {@link UnsupportedError} when processes
   * that number their threads in another way use it.
   */
  constructor(kind: Kind, mapping: Mapping, byteOffset: Bytes, byteLength: number) {
    const region = checkMapping(mapping);
    const offset = checkPlace(region, byteOffset, byteLength);
    this.mapping = mapping;
    this.region = region;
    this.byteOffset = offset;
    this.name = `the ${kindNames[kind]} at byte ${offset} of ${region.spec.name}`;
    this.kind = kind;
    const bytes = region.view({ byteOffset: offset, byteLength });
    this.words = new Int32Array(bytes.buffer, bytes.byteOffset, byteLength / 4);
    this.#claim(new BigInt64Array(bytes.buffer, bytes.byteOffset + placeLayout.world, 1));
  }

  get closed(): boolean {
    return this.region.closed;
  }

  /** @throws {@link ClosedError}; {@link DestroyedError} when the memory holds something else. */
  check(): void {
    if (this.region.closed) throw new ClosedError(this.name);
    if (Atomics.load(this.words, placeLayout.kind / 4) !== this.kind) throw this.destroyed();
  }

  destroyed(): DestroyedError {
    return new DestroyedError(
      `${this.name} was overwritten: its memory does not hold one any more, or never did; ` +
        "memory that is all zero is a new one",
    );
  }

  /** Waits on this thread while a word is `value`: one turn, `timeoutMs` at most. */
  waitHere(index: number, value: number, timeoutMs: number): "woken" | "timed-out" {
    return waitHere(this.mapping, this.byteOffset + index * 4, value, timeoutMs);
  }

  waitFor(index: number, value: number, terms: WaitTerms): Promise<WaitEnd> {
    return waitFor(this.mapping, this.byteOffset + index * 4, value, terms);
  }

  wake(index: number, count: number): void {
    wake(this.mapping, this.byteOffset + index * 4, count);
  }

  #claim(worlds: BigInt64Array): void {
    // ORDER: the kind is written before anything else is, and so looked at after everything else:
    // words that are in use under a kind of 0 are no primitive's.
    const used = this.words.some((word) => word !== 0);
    if (used && Atomics.load(this.words, placeLayout.kind / 4) === 0) throw this.destroyed();
    const kind = Atomics.compareExchange(this.words, placeLayout.kind / 4, 0, this.kind);
    if (kind !== 0 && kind !== this.kind) throw this.destroyed();
    for (;;) {
      const found = Atomics.load(worlds, 0);
      if (found === world) return;
      const isOfThisBoot = found !== 0n && BigInt.asUintN(32, found) === BigInt(ownWorld.boot);
      if (isOfThisBoot) {
        throw new UnsupportedError(
          `${this.name} is used by processes of another PID or time namespace (a container): ` +
            "this process could not tell whether they live; run them in one namespace",
        );
      }
      // New, or left from before a restart of the system: whoever holds it has died.
      Atomics.compareExchange(worlds, 0, found, world);
    }
  }
}

/** Refuses what no primitive can be in. */
/** A mapping that can be used with others: open, and written for all to see. */
export function checkMapping(mapping: unknown): Region {
  if (!(mapping instanceof Mapping)) {
    throw new ArgumentTypeError(`mapping must be a Mapping, got ${shown(mapping)}`);
  }
  if (mapping.closed) throw new ClosedError("the mapping");
  if (mapping.access !== "read-write") {
    throw new ArgumentRangeError(
      `mapping must have access "read-write" to be shared with others, got "${mapping.access}"`,
    );
  }
  const region = regionOf(mapping);
  if (region === undefined) {
    throw new ArgumentRangeError("mapping must have room for it, got one without bytes");
  }
  return region;
}

function checkPlace(region: Region, byteOffset: Bytes, byteLength: number): number {
  const size = region.spec.byteLength;
  if (size < byteLength) {
    throw new ArgumentRangeError(
      `mapping must have at least ${byteLength} bytes, got one of ${size}`,
    );
  }
  const unit = placeLayout.alignment;
  if (region.lead % unit !== 0) {
    throw new ArgumentRangeError(
      `mapping must start at a multiple of ${unit} in its file, got ${region.spec.byteOffset}`,
    );
  }
  return checkBytes("byteOffset", byteOffset, {
    most: size - byteLength,
    multipleOf: unit,
    hint: `it takes ${byteLength} of the mapping's ${size} bytes`,
  });
}
