// tidemark verify: whether a whole message is sound; what is wrong first, and where.

import fs from "node:fs";
import { type Verification, verifyMessage } from "@tidemark/capnp/dynamic";
import { Command } from "commander";
import { Mapping } from "tidemark";
import { CommandFailure } from "../command/failure.js";
import { printFacts, printJson, sizeText } from "../command/output.js";
import {
  MessageSource,
  type SchemaOptions,
  withSchemaOptions,
} from "../messages/message-source.js";

interface VerifyOptions extends SchemaOptions {
  readonly json?: true;
}

export function verifyCommand(): Command {
  const command = new Command("verify")
    .description("walk a whole message, and say what is wrong first; exit with 1 if anything is")
    .argument("<file>", "a message, as tidemark build makes it, or another Cap'n Proto program")
    .option("--json", "print JSON");
  return withSchemaOptions(command)
    .addHelpText(
      "after",
      "\nFollows every pointer once: bounds, kinds, landing pads, objects that overlap. With a " +
        "schema,\nwhich a message may carry, also what lists hold, and that texts end and are " +
        "UTF-8.\n\nExamples:\n  tidemark verify people.bin\n" +
        "  tidemark verify --json people.bin | jq .unreferencedWords\n" +
        "  tidemark verify old.bin --schema people.capnp --root People",
    )
    .action(verify);
}

/** What is behind a message in its file. */
interface Tail {
  readonly byteOffset: number;
  readonly byteLength: number;
  readonly isZero: boolean;
}

function verify(file: string, options: VerifyOptions): void {
  using source = MessageSource.open(file, options);
  const { embedded, rootSchema } = source;
  const found = source.read(() =>
    verifyMessage(source.reader.message, {
      ...(rootSchema === undefined ? {} : { root: rootSchema }),
      reservedWords: (embedded?.byteLength ?? 0) / 8,
    }),
  );
  const tail = tailOf(source);
  // Pages that were not in the file any more read as zeros: that is the trouble, then.
  source.check();
  const trouble = troubleOf(source, found, tail);
  if (options.json === true) printJson(report(source, found, trouble));
  else if (trouble === undefined) printSummary(source, found);
  if (trouble === undefined) return;
  if (options.json !== true) throw new CommandFailure(`${file} ${trouble.what}`);
  process.exitCode = 1;
}

interface Trouble {
  readonly code: string;
  readonly what: string;
  readonly segment?: number;
  readonly word?: number;
  /** In the file. */
  readonly byteOffset: number;
}

function troubleOf(
  source: MessageSource,
  { fault }: Verification,
  tail: Tail | undefined,
): Trouble | undefined {
  if (fault !== undefined) {
    const { segment, word, code } = fault;
    const byteOffset = source.segmentOffset(segment) + word * 8;
    const what = fault.message.replace(/^segment \d+, word \d+: /, "");
    const where = `segment ${segment}, word ${word} (byte ${byteOffset} of the file)`;
    return { code, what: `is damaged: ${where}: ${what}`, segment, word, byteOffset };
  }
  if (tail === undefined) return undefined;
  const { byteOffset, byteLength, isZero } = tail;
  const what = isZero
    ? `is sound up to byte ${byteOffset}, and goes on with ${byteLength} zeros: ` +
      "a crash left them (tidemark trim drops them), or it is being built on"
    : `is sound up to byte ${byteOffset}, and goes on with ${byteLength} bytes that are no part ` +
      "of the message: it is being built on, or its builder was killed (tidemark recover), " +
      "or something was added";
  return { code: "ERR_TIDEMARK_CAPNP_FRAMING", what, byteOffset };
}

const pieceByteLength = 2 ** 20;

function tailOf({ file, reader }: MessageSource): Tail | undefined {
  using mapping = Mapping.openFile(file);
  const byteOffset = reader.byteLength;
  const byteLength = mapping.byteLength - byteOffset;
  if (byteLength <= 0) return undefined;
  const zeros = Buffer.alloc(pieceByteLength);
  for (let at = byteOffset; at < mapping.byteLength; at += pieceByteLength) {
    const length = Math.min(pieceByteLength, mapping.byteLength - at);
    if (zeros.compare(mapping.bytes(at, length), 0, length, 0, length) !== 0) {
      return { byteOffset, byteLength, isZero: false };
    }
  }
  return { byteOffset, byteLength, isZero: true };
}

function report(source: MessageSource, found: Verification, trouble: Trouble | undefined) {
  const { fault: _, notes, ...counts } = found;
  const { embedded, rootSchema, reader } = source;
  return {
    file: source.file,
    ok: trouble === undefined,
    byteLength: reader.byteLength,
    fileByteLength: fs.statSync(source.file).size,
    segments: reader.segmentCount,
    root: rootSchema?.name ?? null,
    schema: rootSchema === undefined ? "none" : embeddedRoot(source) ? "embedded" : "given",
    schemaByteLength: embedded?.byteLength ?? 0,
    ...counts,
    notes: notes.map((note) => ({ ...note, byteOffset: offsetOf(source, note) })),
    fault: trouble ?? null,
  };
}

function embeddedRoot({ embedded, rootSchema }: MessageSource): boolean {
  return embedded !== undefined && embedded.root === rootSchema;
}

function offsetOf(
  source: MessageSource,
  { segment, word }: { readonly segment: number; readonly word: number },
): number {
  return source.segmentOffset(segment) + word * 8;
}

function printSummary(source: MessageSource, found: Verification): void {
  const { reader, rootSchema, embedded, file } = source;
  const { byteLength, segmentCount } = reader;
  const far = found.farPointers + found.doubleFarPointers;
  const schema =
    rootSchema === undefined
      ? "none, so texts and the elements of lists were not looked at (--schema, --root)"
      : `${rootSchema.name}, ${embeddedRoot(source) ? "as the message itself says" : "as given"}`;
  const facts: [string, string][] = [
    [file, "is sound"],
    [
      "length",
      `${byteLength} bytes (${sizeText(byteLength)}) in ${plural(segmentCount, "segment")}`,
    ],
    ["schema", schema],
    ["structs", String(found.structs)],
    ["lists", String(found.lists)],
    ["texts", String(found.texts)],
    ["data", String(found.data)],
    ["far pointers", `${far} (${found.doubleFarPointers} of them double)`],
    ["words reached", `${found.reachedWords} of ${found.words}`],
    ["words unreferenced", String(found.unreferencedWords)],
  ];
  if (embedded !== undefined) facts.push(["embedded schema", `${embedded.byteLength} bytes`]);
  for (const note of found.notes) {
    const times = note.count === 1 ? "once" : `${note.count} times, first`;
    facts.push(["note", `${note.what}: ${times} at byte ${offsetOf(source, note)}`]);
  }
  printFacts(facts);
}

function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}
