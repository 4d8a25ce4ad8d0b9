// Every error of the Cap'n Proto runtime: one class per kind of trouble, each with a code.

/** The codes of this package's errors. `docs/errors.md` says of each when it comes, what to do. */
export type CapnpErrorCode =
  | "ERR_TIDEMARK_CAPNP_OUT_OF_BOUNDS"
  | "ERR_TIDEMARK_CAPNP_POINTER_KIND"
  | "ERR_TIDEMARK_CAPNP_FAR_POINTER"
  | "ERR_TIDEMARK_CAPNP_ELEMENT_SIZE"
  | "ERR_TIDEMARK_CAPNP_TEXT"
  | "ERR_TIDEMARK_CAPNP_OVERLAP"
  | "ERR_TIDEMARK_CAPNP_TRAVERSAL_LIMIT"
  | "ERR_TIDEMARK_CAPNP_NESTING_LIMIT"
  | "ERR_TIDEMARK_CAPNP_FRAMING"
  | "ERR_TIDEMARK_CAPNP_PACKED"
  | "ERR_TIDEMARK_CAPNP_UNSAFE_INTEGER"
  | "ERR_TIDEMARK_CAPNP_UNION_MEMBER"
  | "ERR_TIDEMARK_CAPNP_TOO_LARGE"
  | "ERR_TIDEMARK_CAPNP_ORPHAN"
  | "ERR_TIDEMARK_CAPNP_UNFINISHED"
  | "ERR_TIDEMARK_CAPNP_FILE"
  | "ERR_TIDEMARK_CAPNP_NOT_CANONICAL"
  | "ERR_TIDEMARK_CAPNP_SCHEMA"
  | "ERR_TIDEMARK_CAPNP_JSON"
  | "ERR_TIDEMARK_CAPNP_TEXT_FORM";

// `instanceof TidemarkError` of @tidemark/core looks for it, and holds for these errors, too.
const brand: unique symbol = Symbol.for("tidemark.error");

/** What all errors about messages have in common. */
export class CapnpError extends Error {
  /** What kind of trouble it is. Does not change between versions. */
  readonly code: CapnpErrorCode;

  constructor(code: CapnpErrorCode, message: string) {
    super(message);
    this.name = new.target.name;
    this.code = code;
    markAsOurs(this);
  }
}

/** What is in a message breaks the encoding, or a limit of its reader. */
export class MalformedMessageError extends CapnpError {
  /** The segment in which the trouble is. */
  readonly segment: number;
  /** The word in that segment, from 0: most often the pointer that leads nowhere. */
  readonly word: number;

  constructor(code: CapnpErrorCode, what: string, segment: number, word: number) {
    super(code, `segment ${segment}, word ${word}: ${what}`);
    this.segment = segment;
    this.word = word;
  }
}

/** An argument of the wrong type. Code `ERR_TIDEMARK_ARGUMENT_TYPE`. */
export class CapnpTypeError extends TypeError {
  readonly code = "ERR_TIDEMARK_ARGUMENT_TYPE";

  constructor(message: string) {
    super(message);
    this.name = "CapnpTypeError";
    markAsOurs(this);
  }
}

/** An argument of the right type whose value is not allowed. Code `ERR_TIDEMARK_ARGUMENT_RANGE`. */
export class CapnpRangeError extends RangeError {
  readonly code = "ERR_TIDEMARK_ARGUMENT_RANGE";

  constructor(message: string) {
    super(message);
    this.name = "CapnpRangeError";
    markAsOurs(this);
  }
}

function markAsOurs(error: Error): void {
  Object.defineProperty(error, brand, { value: true });
}
