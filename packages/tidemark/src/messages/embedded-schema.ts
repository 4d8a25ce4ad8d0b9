// The schema that a message file carries behind its objects, so that it can be read by name without
// a schema file. Readers that know nothing of it see an object that nothing points to.

import { CapnpError, MessageBuilder, MessageReader } from "@tidemark/capnp";
import { SchemaSet, type StructSchema } from "@tidemark/capnp/dynamic";
import { CodeGeneratorRequest } from "@tidemark/capnp/schema";
import { Mapping } from "tidemark";
import { trailerLayout, trailerMagic, trailerVersion } from "./embedded-schema-layout.js";

const wordByteLength = 8;

/** The schema of a message, with the struct that its root is. */
export interface EmbeddedSchema {
  readonly schemas: SchemaSet;
  readonly root: StructSchema;
  /** Bytes of the file, at its end, that hold the schema. */
  readonly byteLength: number;
}

/**
 * Puts the schema behind all that was built. It is found at the file's end only: close the message
 * next.
 *
 * @param request A `CodeGeneratorRequest` in the stream framing; its comments are left out.
 * @throws {@link CapnpError} `ERR_TIDEMARK_CAPNP_SCHEMA` for a root with type parameters, which an
 * id does not name.
 */
export function embedSchema(
  message: MessageBuilder,
  { request, root }: { readonly request: Uint8Array; readonly root: StructSchema },
): void {
  if (root.name.includes("(")) {
    throw schemaError(
      `${root.name} has type parameters, which a message cannot say of its root: ` +
        "make it a field of a struct without any, or do not embed the schema",
    );
  }
  const { rootId, requestByteLength, version, magic, byteLength } = trailerLayout;
  const plain = withoutComments(request);
  const blob = new Uint8Array(plain.byteLength + byteLength);
  blob.set(plain);
  const trailer = new DataView(blob.buffer, plain.byteLength);
  trailer.setBigUint64(rootId, root.id, true);
  trailer.setUint32(requestByteLength, plain.byteLength, true);
  trailer.setUint32(version, trailerVersion, true);
  blob.set(new TextEncoder().encode(trailerMagic), plain.byteLength + magic);
  message.newDataOrphan(blob);
}

/**
 * The schema that a message file carries; undefined where there is none at its end.
 *
 * @throws {@link CapnpError} `ERR_TIDEMARK_CAPNP_SCHEMA` when it is of a newer version or damaged;
 * {@link FileError} when the file cannot be opened.
 */
export function readEmbeddedSchema(file: string | URL | Mapping): EmbeddedSchema | undefined {
  if (file instanceof Mapping) return readFrom(file);
  using mapping = Mapping.openFile(file);
  return readFrom(mapping);
}

function readFrom(mapping: Mapping): EmbeddedSchema | undefined {
  const trailerAt = mapping.byteLength - trailerLayout.byteLength;
  if (trailerAt < 0) return undefined;
  const { rootId, requestByteLength, version, magic, byteLength } = trailerLayout;
  const bytes = mapping.bytes(trailerAt, byteLength);
  const found = new TextDecoder("latin1").decode(bytes.subarray(magic));
  if (found !== trailerMagic) return undefined;
  const trailer = new DataView(bytes.buffer, bytes.byteOffset, byteLength);
  const storedVersion = trailer.getUint32(version, true);
  if (storedVersion !== trailerVersion) {
    throw schemaError(
      `the schema at the file's end is of version ${storedVersion}, this program knows ` +
        `${trailerVersion}: use a newer one, or give the schema`,
    );
  }
  const length = trailer.getUint32(requestByteLength, true);
  const isPossible = length > 0 && length % wordByteLength === 0 && length <= trailerAt;
  if (!isPossible) throw damaged(`it should have ${length} bytes before byte ${trailerAt}`);
  const id = trailer.getBigUint64(rootId, true);
  try {
    const schemas = SchemaSet.fromRequest(mapping.bytes(trailerAt - length, length));
    const root = schemas.struct(id);
    return { schemas, root, byteLength: length + byteLength };
  } catch (error) {
    throw damaged(error instanceof Error ? error.message : String(error));
  } finally {
    // What was read while the file was cut off was not in it: that is the trouble, then.
    mapping.check();
  }
}

/** The same request without what only people read, and without the names of imported files. */
function withoutComments(request: Uint8Array): Uint8Array {
  const limits = { traversalLimitWords: Number.POSITIVE_INFINITY };
  const source = MessageReader.fromFlat(request, limits).getRoot(CodeGeneratorRequest);
  const message = new MessageBuilder();
  const target = message.initRoot(CodeGeneratorRequest);
  target.nodes = source.nodes;
  target.capnpVersion = source.capnpVersion;
  const files = target.initRequestedFiles(source.requestedFiles.length);
  for (const [index, { id, filename }] of [...source.requestedFiles].entries()) {
    const file = files.get(index);
    file.id = id;
    file.filename = filename;
  }
  return message.toFlat();
}

function damaged(what: string): CapnpError {
  return schemaError(`the schema at the file's end is damaged: ${what}`);
}

function schemaError(what: string): CapnpError {
  return new CapnpError("ERR_TIDEMARK_CAPNP_SCHEMA", what);
}
