// What is wrong with what the generator was given.

// `instanceof TidemarkError` of @tidemark/core looks for it, so that it holds for this one, too.
const brand: unique symbol = Symbol.for("tidemark.error");

/**
 * A CodeGeneratorRequest that no schema compiler makes. Code `ERR_TIDEMARK_SCHEMA_REQUEST`; the
 * `cause` is the error of the message it is in, where that is malformed.
 */
export class SchemaRequestError extends Error {
  readonly code = "ERR_TIDEMARK_SCHEMA_REQUEST";

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = "SchemaRequestError";
    Object.defineProperty(this, brand, { value: true });
  }
}
