// Every error this library throws: one class per kind of trouble, each with a code to switch on.

import { getSystemErrorName } from "node:util";

/** The codes of all errors. `docs/errors.md` says of each when it comes and what to do. */
export type TidemarkErrorCode =
  | "ERR_TIDEMARK_ARGUMENT_TYPE"
  | "ERR_TIDEMARK_ARGUMENT_RANGE"
  | "ERR_TIDEMARK_CLOSED"
  | "ERR_TIDEMARK_FILE"
  | "ERR_TIDEMARK_NOT_MAPPABLE"
  | "ERR_TIDEMARK_IN_USE"
  | "ERR_TIDEMARK_RESOURCE_LIMIT"
  | "ERR_TIDEMARK_UNSUPPORTED"
  | "ERR_TIDEMARK_MAPPING_FAULT"
  | "ERR_TIDEMARK_HANDLER_REPLACED"
  | "ERR_TIDEMARK_STALE_HANDLE"
  | "ERR_TIDEMARK_RECORD_LAYOUT"
  | "ERR_TIDEMARK_RECORD_VALUE"
  | "ERR_TIDEMARK_HEAP_CORRUPT"
  | "ERR_TIDEMARK_HEAP_FULL"
  | "ERR_TIDEMARK_HEAP_OFFSET"
  | "ERR_TIDEMARK_TIMEOUT"
  | "ERR_TIDEMARK_ENDED"
  | "ERR_TIDEMARK_ABORTED"
  | "ERR_TIDEMARK_MISUSE"
  | "ERR_TIDEMARK_DESTROYED"
  | "ERR_TIDEMARK_FILE_CHANGED"
  | "ERR_TIDEMARK_JOURNAL"
  | "ERR_TIDEMARK_NATIVE_MISSING";

/** What an error knows of the system call that failed. */
export interface SystemErrorDetails {
  /** The call's name, such as `"mmap"`. */
  readonly syscall: string;
  /** The system's number, negative as in Node's own errors; `util.getSystemErrorName` names it. */
  readonly errno: number;
}

const brand: unique symbol = Symbol.for("tidemark.error");

/**
 * What all errors of this library have in common: `error instanceof TidemarkError` holds for each,
 * also for {@link ArgumentTypeError} and {@link ArgumentRangeError}, which are a `TypeError` and a
 * `RangeError` first.
 */
export class TidemarkError extends Error {
  /** What kind of trouble it is. Does not change between versions. */
  readonly code: TidemarkErrorCode;
  /** The system's error number (negative), where a system call failed. */
  readonly errno?: number;
  /** The system's name of it, such as `"ENOSPC"`. */
  readonly errnoName?: string;
  /** The system call that failed. */
  readonly syscall?: string;

  constructor(code: TidemarkErrorCode, message: string, options: TidemarkErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = new.target.name;
    this.code = code;
    if (options.system !== undefined) {
      this.errno = options.system.errno;
      this.errnoName = errnoName(options.system.errno);
      this.syscall = options.system.syscall;
    }
    markAsOurs(this);
  }

  /** Holds for the errors of all packages, which need not share a class. */
  static override [Symbol.hasInstance](value: unknown): boolean {
    // biome-ignore lint/complexity/noThisInStatic: a subclass is asked about itself.
    if (this !== TidemarkError) return Function.prototype[Symbol.hasInstance].call(this, value);
    return typeof value === "object" && value !== null && brand in value;
  }
}

/** What an error is made of, besides its message. */
export interface TidemarkErrorOptions {
  readonly cause?: unknown;
  readonly system?: SystemErrorDetails;
}

/** An argument of the wrong type. Code `ERR_TIDEMARK_ARGUMENT_TYPE`. */
export class ArgumentTypeError extends TypeError {
  readonly code = "ERR_TIDEMARK_ARGUMENT_TYPE";

  constructor(message: string) {
    super(message);
    this.name = "ArgumentTypeError";
    markAsOurs(this);
  }
}

/** An argument of the right type whose value is not allowed. Code `ERR_TIDEMARK_ARGUMENT_RANGE`. */
export class ArgumentRangeError extends RangeError {
  readonly code = "ERR_TIDEMARK_ARGUMENT_RANGE";

  constructor(message: string) {
    super(message);
    this.name = "ArgumentRangeError";
    markAsOurs(this);
  }
}

/** Something was asked of a mapping that is closed. Code `ERR_TIDEMARK_CLOSED`. */
export class ClosedError extends TidemarkError {
  constructor(what: string) {
    super("ERR_TIDEMARK_CLOSED", `${what} is closed: its memory is gone; open it again to go on`);
  }
}

/** The system refused something about a file. Code `ERR_TIDEMARK_FILE`; see `errnoName`. */
export class FileError extends TidemarkError {
  /** The file, where it was opened by path. */
  readonly path?: string;

  constructor(message: string, system: SystemErrorDetails, path?: string) {
    super("ERR_TIDEMARK_FILE", message, { system });
    if (path !== undefined) this.path = path;
  }
}

/** The file is not of a kind that can be mapped. Code `ERR_TIDEMARK_NOT_MAPPABLE`. */
export class NotMappableError extends TidemarkError {
  constructor(message: string, options?: TidemarkErrorOptions) {
    super("ERR_TIDEMARK_NOT_MAPPABLE", message, options);
  }
}

/** Others have the file open in a way that does not go with this. Code `ERR_TIDEMARK_IN_USE`. */
export class FileInUseError extends TidemarkError {
  constructor(message: string, options?: TidemarkErrorOptions) {
    super("ERR_TIDEMARK_IN_USE", message, options);
  }
}

/**
 * The process may not have more of something: address space, map entries, descriptors, locked or
 * huge pages. Code `ERR_TIDEMARK_RESOURCE_LIMIT`.
 */
export class ResourceLimitError extends TidemarkError {
  constructor(message: string, options?: TidemarkErrorOptions) {
    super("ERR_TIDEMARK_RESOURCE_LIMIT", message, options);
  }
}

/** This system or this version of Node cannot do it. Code `ERR_TIDEMARK_UNSUPPORTED`. */
export class UnsupportedError extends TidemarkError {
  constructor(message: string, options?: TidemarkErrorOptions) {
    super("ERR_TIDEMARK_UNSUPPORTED", message, options);
  }
}

/**
 * Someone put a handler of SIGBUS or SIGSEGV in the place of ours, so that a fault in mapped memory
 * would repeat for ever or end the process. Code `ERR_TIDEMARK_HANDLER_REPLACED`.
 */
export class HandlerReplacedError extends TidemarkError {
  constructor() {
    super(
      "ERR_TIDEMARK_HANDLER_REPLACED",
      "the handler of SIGBUS or SIGSEGV that mapped memory needs was replaced by another one: " +
        "install that one before the first mapping, or call restoreFaultHandler(), " +
        "which puts ours on top and passes on what is not ours",
    );
  }
}

/** A handle whose memory is no longer there. Code `ERR_TIDEMARK_STALE_HANDLE`. */
export class StaleHandleError extends TidemarkError {
  constructor(message: string, options?: TidemarkErrorOptions) {
    super("ERR_TIDEMARK_STALE_HANDLE", message, options);
  }
}

/** What was waited for did not come in the time given. Code `ERR_TIDEMARK_TIMEOUT`. */
export class TimeoutError extends TidemarkError {
  constructor(message: string) {
    super("ERR_TIDEMARK_TIMEOUT", message);
  }
}

/** An AbortSignal ended a wait; `cause` is its reason. Code `ERR_TIDEMARK_ABORTED`. */
export class AbortError extends TidemarkError {
  constructor(what: string, reason: unknown) {
    super("ERR_TIDEMARK_ABORTED", `${what} was aborted by its signal`, { cause: reason });
  }
}

/**
 * A lock was used against its rules: taken twice by one thread, given back by who does not hold it,
 * given back twice. Code `ERR_TIDEMARK_MISUSE`.
 */
export class MisuseError extends TidemarkError {
  constructor(message: string) {
    super("ERR_TIDEMARK_MISUSE", message);
  }
}

/**
 * The memory of a lock holds something else, or is gone under it. Code `ERR_TIDEMARK_DESTROYED`.
 */
export class DestroyedError extends TidemarkError {
  constructor(message: string, options?: TidemarkErrorOptions) {
    super("ERR_TIDEMARK_DESTROYED", message, options);
  }
}

/**
 * A tracked file was changed or replaced by others, so that a commit would mix two versions of it.
 * Code `ERR_TIDEMARK_FILE_CHANGED`.
 */
export class FileChangedError extends TidemarkError {
  /** The file. */
  readonly path: string;

  constructor(message: string, path: string) {
    super("ERR_TIDEMARK_FILE_CHANGED", message);
    this.path = path;
  }
}

/** The journal beside a tracked file cannot be used. Code `ERR_TIDEMARK_JOURNAL`. */
export class JournalError extends TidemarkError {
  /** The journal. */
  readonly path: string;

  constructor(message: string, path: string) {
    super("ERR_TIDEMARK_JOURNAL", message);
    this.path = path;
  }
}

/** Something was sent into a channel that has ended. Code `ERR_TIDEMARK_ENDED`. */
export class EndedError extends TidemarkError {
  constructor(message: string) {
    super("ERR_TIDEMARK_ENDED", message);
  }
}

/** No native code for this system is there. Code `ERR_TIDEMARK_NATIVE_MISSING`. */
export class NativeMissingError extends TidemarkError {
  constructor(message: string, cause: unknown) {
    super("ERR_TIDEMARK_NATIVE_MISSING", message, { cause });
  }
}

/** The system's name of an error number (negative), such as `"ENOSPC"`. */
export function errnoName(errno: number): string {
  return errno < 0 ? getSystemErrorName(errno) : "OK";
}

function markAsOurs(error: Error): void {
  Object.defineProperty(error, brand, { value: true });
}
