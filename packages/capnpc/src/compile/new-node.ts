// Nodes of the request before anything is in them.

import type { DeclarationOf } from "../syntax/syntax.js";
import type { RequestNode, RequestStruct } from "./request.js";
import type { SchemaNode } from "./schema-node.js";

/** A struct without fields. */
export function newStructBody(): RequestStruct {
  return {
    kind: "struct",
    dataWordCount: 0,
    pointerCount: 0,
    isGroup: false,
    discriminantCount: 0,
    discriminantOffset: 0,
    fields: [],
  };
}

/** The struct of a method's parameters, or of its results. */
export function newSignatureNode(of: {
  readonly id: bigint;
  readonly node: SchemaNode;
  readonly method: DeclarationOf<"method">;
  readonly isResults: boolean;
}): RequestNode {
  const { id, node, method } = of;
  const parameters = method.typeParameters.map(({ value }) => value);
  const prefix = `${node.displayName}.`;
  return {
    id,
    displayName: `${prefix}${method.name.value}$${of.isResults ? "Results" : "Params"}`,
    displayNamePrefixLength: new TextEncoder().encode(prefix).length,
    scopeId: 0n,
    parameters,
    isGeneric: node.isGeneric || parameters.length > 0,
    nestedNodes: undefined,
    annotations: [],
    body: newStructBody(),
  };
}
