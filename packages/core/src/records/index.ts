// @tidemark/core/records: typed records in mapped memory.

export { type AtomicInteger, atomic } from "./atomic.js";
export { boolean, type Choices, enumeration, type FlagSet, flags } from "./choices.js";
export { FieldType, type InputOf, type LayoutRow, type ValueOf } from "./field.js";
export { array, type FixedArray } from "./fixed-array.js";
export type { PlacedField, RecordLayout } from "./layout.js";
export type { RecordMemory } from "./memory.js";
export {
  float32,
  float64,
  int8,
  int16,
  int32,
  int64,
  int64Number,
  type NumberField,
  uint8,
  uint16,
  uint32,
  uint64,
  uint64Number,
} from "./numbers.js";
export {
  type Fields,
  type RecordFileOptions,
  type RecordInput,
  type RecordObject,
  type RecordOf,
  type RecordOptions,
  type RecordType,
  record,
} from "./record.js";
export type { RecordArray, RecordCursor } from "./record-array.js";
export { RecordLayoutError, RecordValueError } from "./record-errors.js";
export { bytes, text } from "./text.js";
