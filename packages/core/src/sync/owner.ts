// Who holds a lock: this thread, as others know it, and whether another one is still there.
// native/owners.c has the two words that an owner is kept in.

import { native } from "../binding.js";
import { UnsupportedError } from "../errors.js";

/** The bits of a token that say who it is; the two above them are the lock's own. */
export const tokenMask = 0x3fff_ffff;

/** The bits of a check that belong to the owner; those above them are the lock's own. */
export const checkMask = 0xf_ffff;

/** Where threads know each other: one boot of a system, one space of process numbers. */
export interface World {
  readonly boot: number;
  readonly space: number;
}

const self = native.ownerSelf();
if (typeof self === "number") {
  throw new UnsupportedError(
    "this thread cannot tell who it is, so no lock could notice its end (is /proc mounted?)",
    { system: { syscall: "open", errno: self } },
  );
}

/** This thread's own two words. Neither is 0. */
export const ownToken: number = self.token;
export const ownCheck: number = self.check;
export const ownWorld: World = { boot: self.boot, space: self.space };

/** Whether the thread of these two words has ended. False where that cannot be told. */
export function isDead(token: number, check: number): boolean {
  return native.ownerIsDead((token & tokenMask) >>> 0, check & checkMask);
}
