// The value of `embed "file"`: text, data, or the struct of a message.

import { readRoot } from "./object-message.js";
import type { RequestStruct, SchemaValue } from "./request.js";
import type { SchemaType } from "./schema-type.js";

/** The value of type `type` that a file holds, or what is wrong with it. */
export function compileEmbedded(
  bytes: Uint8Array,
  type: SchemaType,
  struct: RequestStruct | undefined,
): SchemaValue | string {
  switch (type.kind) {
    case "text":
    case "data":
      return { kind: type.kind, value: bytes };
    case "struct": {
      if (struct === undefined) return "The struct that this file should hold is not known.";
      const root = readRoot(bytes);
      if (typeof root === "string") return `The embedded file is no Cap'n Proto message: ${root}.`;
      if (root !== null && root.kind !== "struct") {
        return "The embedded message's root is not a struct.";
      }
      return { kind: "struct", value: root };
    }
    default:
      return "A file can be embedded where Text, Data or a struct is expected.";
  }
}
