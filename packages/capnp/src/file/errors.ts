// Errors of messages in files.

import { CapnpError } from "../errors.js";

/** The file holds a message that was never finished. Code `ERR_TIDEMARK_CAPNP_UNFINISHED`. */
export class UnfinishedMessageError extends CapnpError {
  constructor(name: string, what: string) {
    super(
      "ERR_TIDEMARK_CAPNP_UNFINISHED",
      `${name} ${what}; MessageFile.recover makes a message of what was built`,
    );
  }
}

/**
 * Memory of a message's file could not be had, as on a full disk, so what was built since the last
 * checkpoint is not whole. Code `ERR_TIDEMARK_CAPNP_FILE`; the `cause` says what happened.
 */
export class MessageFileError extends CapnpError {
  constructor(name: string, cause: Error) {
    super(
      "ERR_TIDEMARK_CAPNP_FILE",
      `what was built in ${name} since its last checkpoint is not whole, and cannot be kept: ` +
        cause.message,
    );
    this.cause = cause;
  }
}
