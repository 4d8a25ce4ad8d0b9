// What `tidemark info` tells of a message.

import fs from "node:fs";
import type { List } from "@tidemark/capnp";
import { typeName } from "@tidemark/capnp/dynamic";
import { CommandFailure, oneLine } from "../command/failure.js";
import { sizeText } from "../command/output.js";
import { MessageSource, type SchemaOptions, unfinished } from "./message-source.js";

/** A list in the root. */
interface ListFact {
  readonly name: string;
  readonly type: string;
  readonly length: number;
  /** Of a list of lists: how many elements all of them have. */
  readonly elements?: number;
}

/** A message, as JSON tells of it. */
export interface MessageFacts {
  readonly finished: boolean;
  readonly segments?: readonly { readonly byteOffset: number; readonly byteLength: number }[];
  readonly words?: number;
  readonly root?: string | null;
  readonly schema?: "embedded" | "given" | "none";
  readonly schemaByteLength?: number;
  readonly lists?: readonly ListFact[];
  /** Why the root could not be read. */
  readonly trouble?: string;
}

/** Undefined for what is no message; a schema that is given must be a sound one. */
export function messageFacts(file: string, options: SchemaOptions): MessageFacts | undefined {
  let source: MessageSource;
  try {
    source = MessageSource.open(file, options, { mustBeSound: false });
  } catch (error) {
    const isUnfinished = error instanceof CommandFailure && error.message === unfinished(file);
    if (isUnfinished) return { finished: false };
    // What the command line says is wrong; what the file says is only no message.
    if (error instanceof CommandFailure && error.exitCode === 1) return undefined;
    throw error;
  }
  using open = source;
  // Any file may begin with what could be a table: a message is all there is in its file.
  if (open.reader.byteLength !== fs.statSync(file).size) return undefined;
  return factsOf(open);
}

function factsOf(source: MessageSource): MessageFacts {
  const { embedded, rootSchema, reader } = source;
  const { segments } = reader.message;
  const schema =
    rootSchema === undefined ? "none" : rootSchema === embedded?.root ? "embedded" : "given";
  return {
    finished: true,
    segments: segments.map(({ byteLength }, index) => {
      return { byteOffset: source.segmentOffset(index), byteLength };
    }),
    words: segments.reduce((sum, { byteLength }) => sum + byteLength / 8, 0),
    root: rootSchema?.name ?? null,
    schema,
    schemaByteLength: embedded?.byteLength ?? 0,
    ...rootLists(source),
  };
}

function rootLists(source: MessageSource): Pick<MessageFacts, "lists" | "trouble"> {
  if (source.rootSchema === undefined) return {};
  try {
    const { root } = source;
    const lists = source.rootSchema.fields.flatMap((field) => {
      const { type } = field;
      if (type.kind !== "list" || !field.isHeld(root)) return [];
      const list = field.get(root) as List<unknown>;
      const { length } = list;
      const fact = { name: field.name, type: typeName(type), length };
      if (type.element.kind !== "list") return [fact];
      let elements = 0;
      for (const inner of list as List<List<unknown>>) elements += inner.length;
      return [{ ...fact, elements }];
    });
    return { lists };
  } catch (error) {
    return { trouble: oneLine(error) };
  }
}

/** The same for people. */
export function messageLines(facts: MessageFacts): [string, string][] {
  if (!facts.finished) {
    const what = "unfinished: it is being built, or its builder was killed (tidemark recover)";
    return [["message", what]];
  }
  const { segments = [], words = 0, root, schema, schemaByteLength = 0, lists = [] } = facts;
  const shown = segments.slice(0, 4).map(({ byteLength }) => sizeText(byteLength));
  const sizes = segments.length > 4 ? [...shown, "…"] : shown;
  const plural = segments.length === 1 ? "" : "s";
  const own = schemaByteLength > 0 ? `, which it carries (${schemaByteLength} bytes)` : "";
  return [
    ["message", `Cap'n Proto, ${words} words in ${segments.length} segment${plural}`],
    ["segments", sizes.join(", ") || "none"],
    ["root", schema === "none" ? "not told: it carries no schema" : `${root}${own}`],
    ...lists.map(({ name, type, length, elements }): [string, string] => {
      const inner = elements === undefined ? "" : ` with ${elements} elements in all`;
      return ["", `${name}: ${type} of ${length}${inner}`];
    }),
    ...(facts.trouble === undefined
      ? []
      : ([["trouble", `${facts.trouble} (tidemark verify tells more)`]] as [string, string][])),
  ];
}
