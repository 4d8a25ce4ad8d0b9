// Turns what the system refused into the error that tells the caller what to do.

import fs from "node:fs";
import { constants } from "node:os";
import { getSystemErrorMap } from "node:util";
import { native } from "../binding.js";
import {
  errnoName,
  FileError,
  ResourceLimitError,
  type TidemarkError,
  type TidemarkErrorOptions,
  UnsupportedError,
} from "../errors.js";

const {
  EACCES,
  EAGAIN,
  EINVAL,
  EMFILE,
  ENFILE,
  ENODEV,
  ENOMEM,
  ENOSYS,
  ENOTSUP,
  EOPNOTSUPP,
  EPERM,
} = constants.errno;

/** EUSERS: the native core's word for too many mappings. */
const tooManyMappings = -native.tooManyMappings;

/** What was attempted, for the message. */
export interface Attempt {
  readonly syscall: string;
  /** "map 1048576 bytes of /tmp/x", "lock 4096 bytes". */
  readonly what: string;
  readonly path?: string | undefined;
}

/** The error for a failed attempt to map; `errno` is negative. */
export function mapFailure(errno: number, attempt: Attempt): TidemarkError {
  const options = { system: { syscall: attempt.syscall, errno } };
  switch (-errno) {
    case tooManyMappings:
      return new ResourceLimitError(
        `cannot ${attempt.what}: ${native.regionCount()} mappings are open, and this process may ` +
          `have ${native.mapEntryLimit}: close some, or raise vm.max_map_count`,
        options,
      );
    case ENOMEM:
      return new ResourceLimitError(
        `cannot ${attempt.what}: there is not that much free address space, ` +
          "or memory to promise: " +
          `map less, close mappings, or raise ulimit -v (${limitOf("Max address space")})`,
        options,
      );
    case EMFILE:
    case ENFILE:
      return descriptorFailure(attempt, options);
    case ENODEV:
      return new UnsupportedError(
        `cannot ${attempt.what}: this file system or device cannot be mapped`,
        options,
      );
    default:
      return fileFailure(errno, attempt);
  }
}

/** The error for a failed attempt to lock pages; `errno` is negative. */
export function lockFailure(errno: number, attempt: Attempt): TidemarkError {
  const refused = [ENOMEM, EAGAIN, EPERM].includes(-errno);
  if (!refused) return fileFailure(errno, attempt);
  return new ResourceLimitError(
    `cannot ${attempt.what}: this process may lock ${limitOf("Max locked memory")} ` +
      "(RLIMIT_MEMLOCK): lock less, or raise ulimit -l",
    { system: { syscall: attempt.syscall, errno } },
  );
}

/** The error for any other failed call on a file or its pages; `errno` is negative. */
export function fileFailure(errno: number, attempt: Attempt): TidemarkError {
  const options = { system: { syscall: attempt.syscall, errno } };
  switch (-errno) {
    case EMFILE:
    case ENFILE:
      return descriptorFailure(attempt, options);
    case ENOSYS:
    case ENOTSUP:
    case EOPNOTSUPP:
      return new UnsupportedError(
        `cannot ${attempt.what}: this system or file system has no such operation`,
        options,
      );
    default:
      return new FileError(
        `cannot ${attempt.what}: ${errnoName(errno)} (${explain(-errno)})`,
        options.system,
        attempt.path,
      );
  }
}

function descriptorFailure(attempt: Attempt, options: TidemarkErrorOptions): TidemarkError {
  return new ResourceLimitError(
    `cannot ${attempt.what}: this process may have ${limitOf("Max open files")} descriptors: ` +
      "close some, or raise ulimit -n",
    options,
  );
}

function explain(errno: number): string {
  switch (errno) {
    case EACCES:
      return "permission denied: the file's mode or the descriptor does not allow this access";
    case EINVAL:
      return "the system does not accept this for this kind of file or memory";
    default:
      return getSystemErrorMap().get(-errno)?.[1] ?? "as the system said";
  }
}

/** A limit of this process as the system states it, such as `"8388608 bytes"`. */
function limitOf(name: string): string {
  try {
    const line = fs
      .readFileSync("/proc/self/limits", "utf8")
      .split("\n")
      .find((candidate) => candidate.startsWith(name));
    const [soft, , unit] = line?.slice(26).trim().split(/\s+/) ?? [];
    return soft === undefined ? "an unknown limit" : unit === undefined ? soft : `${soft} ${unit}`;
  } catch {
    return "an unknown limit";
  }
}
