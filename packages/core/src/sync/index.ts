// @tidemark/core/sync: what threads and processes need to use mapped memory together.

export { Mutex, MutexGuard } from "./mutex.js";
export type { LockOptions, WaitOptions } from "./terms.js";
