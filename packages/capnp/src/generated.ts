// What generated code imports: everything it stands on, and nothing else.

export { AnyList, AnyListReader } from "./any-list.js";
export {
  AnyPointer,
  AnyPointerBuilder,
  AnyPointerReader,
  Capability,
  CapabilityList,
  readCapability,
  setAnyPointer,
  writeCapability,
} from "./any-pointer.js";
export { AnyStruct, AnyStructBuilder, AnyStructReader } from "./any-struct.js";
export { getStruct, initStruct } from "./build-struct.js";
export { setList, setStruct } from "./copy.js";
export { PointerDefault } from "./defaults.js";
export { erase } from "./erase.js";
export {
  BoolList,
  BoolListBuilder,
  BoolListReader,
  VoidList,
  VoidListBuilder,
  VoidListReader,
} from "./lists/bit-lists.js";
export {
  DataList,
  DataListBuilder,
  DataListReader,
  TextList,
  TextListBuilder,
  TextListReader,
} from "./lists/blob-lists.js";
export {
  type EnumListBuilder,
  type EnumListReader,
  enumList,
  Int8List,
  Int8ListBuilder,
  Int8ListReader,
  Int16List,
  Int16ListBuilder,
  Int16ListReader,
  Int32List,
  Int32ListBuilder,
  Int32ListReader,
  Uint8List,
  Uint8ListBuilder,
  Uint8ListReader,
  Uint16List,
  Uint16ListBuilder,
  Uint16ListReader,
  Uint32List,
  Uint32ListBuilder,
  Uint32ListReader,
} from "./lists/integer-lists.js";
export { listOf } from "./lists/list-of.js";
export type { AnyListType, ListType } from "./lists/list-type.js";
export {
  PointerListBuilder,
  PointerListReader,
  type PointerListType,
} from "./lists/pointer-lists.js";
export { StructListBuilder, StructListReader, type StructListType } from "./lists/struct-lists.js";
export {
  Float32List,
  Float32ListBuilder,
  Float32ListReader,
  Float64List,
  Float64ListBuilder,
  Float64ListReader,
  Int64List,
  Int64ListBuilder,
  Int64ListReader,
  Uint64List,
  Uint64ListBuilder,
  Uint64ListReader,
} from "./lists/wide-lists.js";
export {
  float,
  int8,
  int16,
  int32,
  int64,
  readFloat32,
  readFloat64,
  readInt64,
  readUint64,
  safeNumber,
  setBit,
  uint8,
  uint16,
  uint32,
  uint64,
  writeFloat32,
  writeFloat64,
  writeInt64,
  writeUint64,
} from "./numbers.js";
export { Orphan } from "./orphan.js";
export type { ListPlace, StructBuilderPlace, StructPlace } from "./places.js";
export type { BuilderOf, PointerType, ReaderOf } from "./pointer-type.js";
export { readData, readText } from "./read-blob.js";
export { isNull, readStruct } from "./read-struct.js";
export {
  deriveBuilder,
  StructBuilder,
  StructReader,
  StructType,
  type StructTypeParts,
  wrongMember,
} from "./struct.js";
export { initData, writeData, writeText } from "./write-blob.js";
