// The front door of @tidemark/capnpc.

export { type GeneratedFile, type GeneratorOptions, generate } from "./generator/generate.js";
export { SchemaRequestError } from "./generator/request-error.js";
