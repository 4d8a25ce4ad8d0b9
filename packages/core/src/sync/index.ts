// @tidemark/core/sync: what threads and processes need to use mapped memory together.

export type { FileLockOptions, LockableFile } from "./file-lock.js";
export { FileLock, lockFile, lockFileSync, tryLockFile } from "./file-lock.js";
export { Mutex, MutexGuard } from "./mutex.js";
export type { LockOptions, WaitOptions } from "./terms.js";
