// @tidemark/capnp/dynamic: schemas that are loaded at run time.

export { type Annotation, type Annotations, annotationValue } from "./annotations.js";
export type { DynamicBuilderValue, DynamicValue } from "./dynamic-struct.js";
export { DynamicStructBuilder, DynamicStructReader } from "./dynamic-struct.js";
export { type Enumerant, EnumSchema } from "./enum-schema.js";
export { Field } from "./field.js";
export { JsonCodec, type JsonOptions } from "./json/codec.js";
export type { DataEncoding } from "./json/plan.js";
export type { AnnotationSchema, ConstantSchema, InterfaceSchema, Method } from "./other-schemas.js";
export { ParseError } from "./parse-error.js";
export type { SchemaFile } from "./request.js";
export { RowReader, RowWriter } from "./rows.js";
export { SchemaSet } from "./schema-set.js";
export { StructSchema } from "./struct-schema.js";
export { parseText, parseTexts } from "./text/parse.js";
export { formatText, formatTextValue, type TextFormOptions } from "./text/print.js";
export { type DynamicListBuilder, type PlainKind, type Type, typeName } from "./type.js";
export {
  type Verification,
  type VerifyOptions,
  verifyMessage,
} from "./verify/verify-message.js";
export type { VerificationNote } from "./verify/verify-walk.js";
