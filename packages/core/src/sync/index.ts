// @tidemark/core/sync: what threads and processes need to use mapped memory together.

export { Barrier, type BarrierOptions, type Passage } from "./barrier.js";
export { Channel, type ChannelEvents } from "./channel/channel.js";
export type { ChannelOptions, DrainOptions } from "./channel/channel-options.js";
export { Claim, Message, MessageCursor, type Visit } from "./channel/messages.js";
export { Condition } from "./condition.js";
export type { FileLockOptions, LockableFile } from "./file-lock.js";
export { FileLock, lockFile, lockFileSync, tryLockFile } from "./file-lock.js";
export { HoldGuard } from "./hold-guard.js";
export { Mutex, MutexGuard } from "./mutex.js";
export { ReadGuard, RwLock, WriteGuard } from "./rw-lock.js";
export { Permit, Semaphore, type SemaphoreOptions } from "./semaphore.js";
export { Sequence } from "./sequence.js";
export type { LockOptions } from "./terms.js";
export type { WaitOptions } from "./wait-options.js";
export { waitWhile, waitWhileSync, wake } from "./words.js";
