// The front door of @tidemark/capnp.

export { AnyList, AnyListReader } from "./any-list.js";
export type { PointerContent } from "./any-pointer.js";
export { AnyPointer, AnyPointerBuilder, AnyPointerReader } from "./any-pointer.js";
export { AnyStruct, AnyStructBuilder, AnyStructReader } from "./any-struct.js";
export type { MemoryArenaOptions } from "./arena.js";
export { type Arena, type ExistingSegment, MemoryArena } from "./arena.js";
export { canonicalize, isCanonical } from "./canonical.js";
export type { CapnpErrorCode } from "./errors.js";
export { CapnpError, CapnpRangeError, CapnpTypeError, MalformedMessageError } from "./errors.js";
export { frame, frameTable, tableByteLength, unframe } from "./framing/flat.js";
export { pack, type UnpackLimits, unpack } from "./framing/packed.js";
export { type Pieces, packStream, unpackStream } from "./framing/packed-stream.js";
export { readMessageStream, readMessages } from "./framing/stream.js";
export { List } from "./lists/list.js";
export { listOf } from "./lists/list-of.js";
export type { AnyListType } from "./lists/list-type.js";
export type { ReaderLimits } from "./message.js";
export { MessageBuilder } from "./message-builder.js";
export { MessageReader } from "./message-reader.js";
export { Orphan } from "./orphan.js";
export type { BuilderOf, PointerType, ReaderOf } from "./pointer-type.js";
export { Segment } from "./segment.js";
export { StructBuilder, StructReader, StructType } from "./struct.js";
export { findInvalidUtf8 } from "./utf8-check.js";
export { maxListLength, maxSegmentByteLength, maxSegmentWords } from "./wire.js";
