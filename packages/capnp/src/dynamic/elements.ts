// The lists of a schema, as arrays.

import { CapnpError } from "../errors.js";
import type { StructListReader } from "../lists/struct-lists.js";
import type { StructReader } from "../struct.js";

/** The elements of one of a schema's lists: none of its structs is of no size, so that no few words
 * claim to be millions of them. @throws CapnpError `ERR_TIDEMARK_CAPNP_SCHEMA` */
export function elementsOf<R extends StructReader>(list: StructListReader<R>): R[] {
  if (list.length === 0 || list.$step > 0) return list.toArray();
  throw new CapnpError(
    "ERR_TIDEMARK_CAPNP_SCHEMA",
    `the schema has a list of ${list.length} structs without any size`,
  );
}
