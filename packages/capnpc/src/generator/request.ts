// Reads a CodeGeneratorRequest, with the classes that were generated for it.

import { CapnpError, CapnpTypeError, MessageReader } from "@tidemark/capnp";
import type {
  CodeGeneratorRequest_RequestedFileReader,
  FieldReader,
  Node_SourceInfoReader,
  NodeReader,
} from "@tidemark/capnp/schema";
import { CodeGeneratorRequest, Node_Which } from "@tidemark/capnp/schema";
import type {
  Enumerant,
  Field,
  Method,
  NodeBody,
  RequestedFile,
  SchemaNode,
  SchemaRequest,
  StructBody,
} from "./model.js";
import { SchemaRequestError } from "./request-error.js";
import { readAnnotations, readType, readValue } from "./request-types.js";

/** What a field outside any union has as its discriminant. */
const noDiscriminant = 0xffff;

/** Deeper than types and brands nest in any schema. */
const nestingLimit = 200;

/** @throws SchemaRequestError */
export function readRequest(bytes: Uint8Array): SchemaRequest {
  if (!(bytes instanceof Uint8Array)) {
    throw new CapnpTypeError(`a CodeGeneratorRequest must be a Uint8Array, got ${typeof bytes}`);
  }
  try {
    return readAll(bytes);
  } catch (error) {
    if (!(error instanceof CapnpError)) throw error;
    const what = `malformed CodeGeneratorRequest: ${error.message}`;
    throw new SchemaRequestError(what, { cause: error });
  }
}

function readAll(bytes: Uint8Array): SchemaRequest {
  // Each part is read once, or a few times.
  const traversalLimitWords = 65_536 + bytes.length;
  const message = MessageReader.fromFlat(bytes, { traversalLimitWords, nestingLimit });
  const request = message.getRoot(CodeGeneratorRequest);
  const sources = new Map<bigint, Node_SourceInfoReader>();
  for (const info of request.sourceInfo) sources.set(info.id, info);
  const nodes = new Map<bigint, SchemaNode>();
  for (const node of request.nodes) {
    const { id } = node;
    if (nodes.has(id)) {
      const hex = id.toString(16);
      throw new SchemaRequestError(
        `malformed CodeGeneratorRequest: two nodes have the id 0x${hex}`,
      );
    }
    nodes.set(id, readNode(node, sources.get(id)));
  }
  return { nodes, files: request.requestedFiles.toArray().map(readFile) };
}

function readFile(file: CodeGeneratorRequest_RequestedFileReader): RequestedFile {
  return {
    id: file.id,
    filename: file.filename,
    imports: file.imports.toArray().map(({ id, name }) => ({ id, name })),
  };
}

function readNode(node: NodeReader, source: Node_SourceInfoReader | undefined): SchemaNode {
  const { displayName } = node;
  return {
    id: node.id,
    displayName,
    shortName: displayName.slice(
      Math.max(displayName.lastIndexOf(":"), displayName.lastIndexOf(".")) + 1,
    ),
    scopeId: node.scopeId,
    parameters: node.parameters.toArray().map(({ name }) => name),
    nested: node.nestedNodes.toArray().map(({ name, id }) => ({ name, id })),
    comment: source?.docComment ?? "",
    annotations: readAnnotations(node.annotations),
    body: readBody(node, memberComments(source)),
  };
}

/** The comment of each field, enumerant or method, by its place. */
type Comments = readonly string[];

function memberComments(source: Node_SourceInfoReader | undefined): Comments {
  return source?.members.toArray().map(({ docComment }) => docComment) ?? [];
}

function readBody(node: NodeReader, comments: Comments): NodeBody {
  switch (node.which()) {
    case Node_Which.file:
      return { kind: "file" };
    case Node_Which.struct:
      return readStruct(node, comments);
    case Node_Which.enum:
      return { kind: "enum", enumerants: readEnumerants(node, comments) };
    case Node_Which.interface:
      return {
        kind: "interface",
        methods: readMethods(node, comments),
        superclasses: node.interface.superclasses.toArray().map(({ id }) => id),
      };
    case Node_Which.const: {
      const type = readType(node.const.type);
      return { kind: "const", type, value: readValue(node.const.value, type) };
    }
    case Node_Which.annotation:
      return { kind: "annotation", type: readType(node.annotation.type) };
    default:
      throw new SchemaRequestError(
        `malformed CodeGeneratorRequest: ${JSON.stringify(node.displayName)} is of an unknown ` +
          `kind, ${node.which()}`,
      );
  }
}

function readStruct(node: NodeReader, comments: Comments): StructBody {
  const { struct } = node;
  const found = struct.fields.toArray();
  const ordered = found.map((field, index) => readField(field, comments[index] ?? ""));
  const codeOrders = found.map(({ codeOrder }) => codeOrder);
  const order = [...ordered.keys()].sort((a, b) => (codeOrders[a] ?? 0) - (codeOrders[b] ?? 0));
  return {
    kind: "struct",
    dataWords: struct.dataWordCount,
    pointers: struct.pointerCount,
    isGroup: struct.isGroup,
    discriminantCount: struct.discriminantCount,
    discriminantOffset: struct.discriminantOffset * 2,
    fields: order.flatMap((index) => ordered[index] ?? []),
    ordered,
  };
}

function readField(field: FieldReader, comment: string): Field {
  const { discriminantValue, ordinal } = field;
  return {
    name: field.name,
    comment,
    annotations: readAnnotations(field.annotations),
    discriminant: discriminantValue === noDiscriminant ? undefined : discriminantValue,
    ordinal: ordinal.which() === 1 ? ordinal.explicit : undefined,
    body: readFieldBody(field),
  };
}

function readFieldBody(field: FieldReader): Field["body"] {
  if (field.which() === 1) return { kind: "group", id: field.group.typeId };
  const { slot } = field;
  const type = readType(slot.type);
  return {
    kind: "slot",
    offset: slot.offset,
    type,
    defaultValue: readValue(slot.defaultValue, type),
    hasDefault: slot.hadExplicitDefault,
  };
}

function readEnumerants(node: NodeReader, comments: Comments): Enumerant[] {
  return node.enum.enumerants.toArray().map(({ name, codeOrder }, index) => {
    return { name, codeOrder, comment: comments[index] ?? "" };
  });
}

function readMethods(node: NodeReader, comments: Comments): Method[] {
  return node.interface.methods.toArray().map((method, index) => ({
    name: method.name,
    comment: comments[index] ?? "",
    parameterStruct: method.paramStructType,
    resultStruct: method.resultStructType,
  }));
}
