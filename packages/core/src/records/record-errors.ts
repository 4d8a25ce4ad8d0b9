// What can be wrong with memory that should hold records.

import { TidemarkError, type TidemarkErrorOptions } from "../errors.js";

/** Memory holds something that its field cannot be. Code `ERR_TIDEMARK_RECORD_VALUE`. */
export class RecordValueError extends TidemarkError {
  constructor(message: string, options?: TidemarkErrorOptions) {
    super("ERR_TIDEMARK_RECORD_VALUE", message, options);
  }
}

/**
 * Memory does not hold the records that were asked for: it has another layout or version, or no
 * header at all. Code `ERR_TIDEMARK_RECORD_LAYOUT`.
 */
export class RecordLayoutError extends TidemarkError {
  /** The table of the layout that was asked for. */
  readonly expected: string;
  /** The table of the layout that the memory holds, where its header could be read. */
  readonly stored?: string;

  constructor(message: string, layouts: { readonly expected: string; readonly stored?: string }) {
    const both = [
      ...(layouts.stored === undefined ? [] : [`stored:\n${layouts.stored}`]),
      `expected:\n${layouts.expected}`,
    ];
    super("ERR_TIDEMARK_RECORD_LAYOUT", [message, ...both].join("\n\n"));
    this.expected = layouts.expected;
    if (layouts.stored !== undefined) this.stored = layouts.stored;
  }
}
