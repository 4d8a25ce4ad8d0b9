// @tidemark/core: mapped memory, and files that grow when they are written.

export type { Bytes } from "./arguments.js";
export { pageSize } from "./binding.js";
export {
  AbortError,
  ArgumentRangeError,
  ArgumentTypeError,
  ClosedError,
  DestroyedError,
  EndedError,
  FileChangedError,
  FileError,
  FileInUseError,
  HandlerReplacedError,
  JournalError,
  MisuseError,
  NativeMissingError,
  NotMappableError,
  ResourceLimitError,
  StaleHandleError,
  type SystemErrorDetails,
  TidemarkError,
  type TidemarkErrorCode,
  type TidemarkErrorOptions,
  TimeoutError,
  UnsupportedError,
} from "./errors.js";
export { GrowingFile } from "./growth/growing-file.js";
export type {
  CloseOptions,
  CreateOptions,
  GrowingFileOptions,
  GrowthSteps,
  GrowthStrategy,
  OpenOptions,
} from "./growth/growth-options.js";
export type { AnonymousOptions } from "./mapping/anonymous-memory.js";
export { restoreFaultHandler } from "./mapping/fault-events.js";
export type { OpenFileOptions } from "./mapping/file-mapping.js";
export type { FileReference } from "./mapping/file-source.js";
export {
  Mapping,
  type MappingAdvice,
  type MappingEvents,
  type Residency,
} from "./mapping/mapping.js";
export {
  type MappingFault,
  MappingFaultError,
  type MappingFaultKind,
} from "./mapping/mapping-fault.js";
export type { AttachOptions, MappingHandle } from "./mapping/mapping-handle.js";
export type { MappingRange } from "./mapping/mapping-range.js";
export type { MappingAccess } from "./mapping/mapping-source.js";
export { type DirtyRange, TrackedFile, type TrackedFileEvents } from "./tracking/tracked-file.js";
export type {
  CommitOptions,
  TrackedCloseOptions,
  TrackedFileOptions,
  TrackingDetection,
} from "./tracking/tracking-options.js";
