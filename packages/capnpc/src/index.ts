// The front door of @tidemark/capnpc.

export { type CompileOptions, type CompileResult, compile } from "./compile/compiler.js";
export { MemoryHost, type SchemaHost } from "./compile/host.js";
export { type GeneratedFile, type GeneratorOptions, generate } from "./generator/generate.js";
export { SchemaRequestError } from "./generator/request-error.js";
export {
  type ChangeSeverity,
  diffSchemas,
  formatSchemaDiff,
  type SchemaChange,
  type SchemaDiff,
} from "./schema-diff.js";
export { type Diagnostic, formatDiagnostic } from "./syntax/diagnostic.js";
