// A message in a file with its schema: the one that it carries, or one that the command line names.

import fs from "node:fs";
import { CapnpError, CapnpRangeError, MalformedMessageError } from "@tidemark/capnp";
import { type DynamicStructReader, SchemaSet, type StructSchema } from "@tidemark/capnp/dynamic";
import { MessageFile, type MessageFileReader, UnfinishedMessageError } from "@tidemark/capnp/file";
import { compileFiles } from "@tidemark/capnpc/files";
import type { Command } from "commander";
import { CommandFailure, oneLine } from "../command/failure.js";
import { optionsOf, showDiagnostics } from "../commands/compile.js";
import { type EmbeddedSchema, readEmbeddedSchema } from "./embedded-schema.js";

/** The options of a command that reads messages. */
export interface SchemaOptions {
  readonly schema?: string;
  readonly root?: string;
  readonly importPath?: readonly string[];
}

/** Lets a command take them. */
export function withSchemaOptions(command: Command): Command {
  return command
    .option("--schema <file.capnp>", "the schema, for a message that carries none, or another one")
    .option("--root <type>", "the struct that the message's root is")
    .option("-I, --import-path <dir...>", "where imports that begin with a slash are looked for");
}

/** A message that is open to be read. Close it, or let `using` do so. */
export class MessageSource implements Disposable {
  readonly file: string;
  readonly reader: MessageFileReader;
  /** The schema in the file's own tail, where there is one, and it is sound. */
  readonly embedded: EmbeddedSchema | undefined;
  /** Undefined when nothing says what the message is. */
  readonly rootSchema: StructSchema | undefined;

  private constructor(
    file: string,
    reader: MessageFileReader,
    embedded: EmbeddedSchema | undefined,
    rootSchema: StructSchema | undefined,
  ) {
    this.file = file;
    this.reader = reader;
    this.embedded = embedded;
    this.rootSchema = rootSchema;
  }

  /**
   * Opens a message. A schema of its own that is damaged is an error, unless one is given, or it
   * need not be sound.
   *
   * @throws {@link CommandFailure} when the schema does not compile, or has no such struct, and
   * what `MessageFile.open` throws, with the file's name.
   */
  static open(
    file: string,
    options: SchemaOptions,
    { mustBeSound = true }: { readonly mustBeSound?: boolean } = {},
  ): MessageSource {
    const given = options.schema === undefined ? undefined : compiled(options.schema, options);
    const reader = openReader(file);
    try {
      // A schema that is given counts; one that is damaged then does not matter.
      const isNeeded = mustBeSound && given === undefined;
      const embedded = ownSchema(file, reader, { mustBeSound: isNeeded });
      const rootSchema = chooseRoot(options, given, embedded);
      return new MessageSource(file, reader, embedded, rootSchema);
    } catch (error) {
      reader.close();
      throw error;
    }
  }

  /** The root. @throws {@link CommandFailure} when nothing says what it is */
  get root(): DynamicStructReader {
    return this.reader.getRoot(this.requiredSchema);
  }

  get requiredSchema(): StructSchema {
    if (this.rootSchema !== undefined) return this.rootSchema;
    throw new CommandFailure(
      `${this.file} carries no schema: say which it is with --schema FILE.capnp --root Type`,
      2,
    );
  }

  /** Where a segment begins in the file. */
  segmentOffset(segment: number): number {
    const { segments } = this.reader.message;
    return segments
      .slice(segment)
      .reduce((at, { byteLength }) => at - byteLength, this.reader.byteLength);
  }

  /**
   * Does some reading.
   *
   * @throws {@link CommandFailure} that names the file, when it changed meanwhile, or when the
   * message is damaged there
   */
  read<R>(work: () => R): R {
    try {
      return work();
    } catch (error) {
      // What was not in the file any more may have been taken for a message.
      this.check();
      if (!(error instanceof MalformedMessageError)) throw error;
      throw new CommandFailure(`${this.file} is damaged: ${error.message} (see tidemark verify)`);
    }
  }

  /**
   * Throws what happened to the file while it was read.
   *
   * @throws {@link CommandFailure}
   */
  check(): void {
    checkMemory(this.file, this.reader);
  }

  [Symbol.dispose](): void {
    this.reader[Symbol.dispose]();
  }
}

/** What can tell that memory of a file was not there. */
interface Checked {
  check(): void;
}

/** @throws {@link CommandFailure} that names the file, for memory that was not in it */
export function checkMemory(file: string, memory: Checked): void {
  try {
    memory.check();
  } catch (error) {
    throw new CommandFailure(`${file} changed while it was read: ${oneLine(error)}`);
  }
}

function openReader(file: string): MessageFileReader {
  try {
    return MessageFile.open(file, { traversalLimitWords: mostWordsRead(file) });
  } catch (error) {
    if (error instanceof UnfinishedMessageError) throw new CommandFailure(unfinished(file));
    if (!(error instanceof MalformedMessageError)) throw error;
    const what = error.message.replace(/^segment \d+, word \d+: /, "");
    throw new CommandFailure(`${file} is no Cap'n Proto message: ${what}`);
  }
}

/** What is said of a message without a checkpoint. */
export function unfinished(file: string): string {
  return (
    `${file} is unfinished: it is being built, or its builder was killed ` +
    "(then tidemark recover makes a message of what was built)"
  );
}

/** Who follows each pointer a few times stays far below; who goes in circles comes to an end. */
function mostWordsRead(file: string): number {
  const byteLength = fs.statSync(file, { throwIfNoEntry: false })?.size ?? 0;
  return 2 * byteLength + 2 ** 20;
}

/** The schema that is the last object of the message. */
function ownSchema(
  file: string,
  reader: MessageFileReader,
  { mustBeSound }: { readonly mustBeSound: boolean },
): EmbeddedSchema | undefined {
  try {
    const found = readEmbeddedSchema(file);
    const room = reader.message.segments.at(-1)?.byteLength ?? 0;
    const isInside = fs.statSync(file).size === reader.byteLength;
    return found !== undefined && isInside && found.byteLength <= room ? found : undefined;
  } catch (error) {
    if (!mustBeSound) return undefined;
    if (!(error instanceof CapnpError)) throw error;
    throw new CommandFailure(`${file}: ${error.message}`);
  }
}

function compiled(schema: string, options: SchemaOptions): SchemaSet {
  const result = compileFiles([schema], optionsOf(options));
  if (result.request !== undefined) return SchemaSet.fromRequest(result.request);
  showDiagnostics(result);
  throw new CommandFailure(`${schema} does not compile`, 2);
}

function chooseRoot(
  options: SchemaOptions,
  given: SchemaSet | undefined,
  embedded: EmbeddedSchema | undefined,
): StructSchema | undefined {
  const { root, schema } = options;
  if (root === undefined) {
    if (given === undefined) return embedded?.root;
    const names = given.structNames.join(", ") || "none";
    throw new CommandFailure(
      `--root must say which struct of ${schema} the message's root is: it has ${names}`,
      2,
    );
  }
  const schemas = given ?? embedded?.schemas;
  if (schemas === undefined) return undefined;
  try {
    return schemas.struct(root);
  } catch (error) {
    if (!(error instanceof CapnpRangeError)) throw error;
    throw new CommandFailure(`--root ${root}: ${oneLine(error)}`, 2);
  }
}
