// The lock of who builds a message in a file.

import { FileInUseError, UnsupportedError } from "@tidemark/core";
import { type FileLock, tryLockFile } from "@tidemark/core/sync";

/** The byte that builders lock: past any data. */
const builderLockOffset = 2 ** 52;

/**
 * Two builders of one message would write over each other.
 * @throws {@link FileInUseError}
 */
export function lockAlone(file: string): FileLock | undefined {
  let lock: FileLock | undefined;
  try {
    lock = tryLockFile(file, { byteOffset: builderLockOffset, byteLength: 1 });
  } catch (error) {
    // Where the file system keeps no locks, nobody can tell.
    if (error instanceof UnsupportedError) return undefined;
    throw error;
  }
  if (lock === undefined) throw new FileInUseError(`a message is being built in ${file} already`);
  return lock;
}
