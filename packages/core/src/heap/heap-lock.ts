// The lock of a heap: that of its memory, or none where the memory is nobody else's.

import { ClosedError, MisuseError } from "../errors.js";
import { kinds, mutexLayout } from "../sync/layout.js";
import { Place } from "../sync/place.js";
import { RobustLock } from "../sync/robust-lock.js";
import { headerWord } from "./heap-layout.js";
import type { HeapMemory } from "./heap-memory.js";

/** What a heap needs of it. */
export type HeapLock = Pick<
  RobustLock,
  "tryAcquire" | "acquireHere" | "release" | "markConsistent"
>;

export function lockOf(memory: HeapMemory): HeapLock {
  const { mapping } = memory;
  if (mapping.access === "copy-on-write") return new PrivateLock(memory);
  const place = new Place(kinds.mutex, mapping, headerWord.lock * 4, mutexLayout.byteLength);
  return RobustLock.at(place, mutexLayout.state);
}

/** Of a copy-on-write mapping, which is one thread's alone. */
class PrivateLock implements HeapLock {
  readonly #memory: HeapMemory;
  #held = false;

  constructor(memory: HeapMemory) {
    this.#memory = memory;
  }

  tryAcquire(): boolean {
    if (this.#memory.region.closed) throw new ClosedError(this.#memory.name);
    if (this.#held) {
      throw new MisuseError(`${this.#memory.name} is in use by the function that calls it`);
    }
    this.#held = true;
    return false;
  }

  acquireHere(): boolean {
    return this.tryAcquire();
  }

  release(): void {
    this.#held = false;
  }

  markConsistent(): void {}
}
