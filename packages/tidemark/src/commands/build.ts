// tidemark build: rows of NDJSON, CSV or TSV become one Cap'n Proto message.

import fs from "node:fs";
import path from "node:path";
import { SchemaSet } from "@tidemark/capnp/dynamic";
import { MessageFileError } from "@tidemark/capnp/file";
import { compileFiles } from "@tidemark/capnpc/files";
import { Command, InvalidArgumentError, Option } from "commander";
import { CommandFailure, endWithFailure } from "../command/failure.js";
import { flushOutput, print, printJson, sizeText } from "../command/output.js";
import { positiveQuantity } from "../command/quantities.js";
import { BadRows } from "../rows/bad-rows.js";
import { type BuildResult, buildMessage } from "../rows/build-message.js";
import type { CsvOptions } from "../rows/csv-rows.js";
import { Interrupted, Interruption } from "../rows/interruption.js";
import { countText, durationText, Progress } from "../rows/progress.js";
import { formatOf, type RowFormat, rowFormats } from "../rows/row-format.js";
import { rowPlaceOf } from "../rows/row-place.js";
import { RowSource, standardInput } from "../rows/row-source.js";
import { optionsOf, showDiagnostics } from "./compile.js";

interface BuildCommandOptions {
  readonly schema: string;
  readonly root: string;
  readonly list?: string | false;
  readonly from: string;
  readonly importPath?: readonly string[];
  readonly format?: RowFormat;
  readonly delimiter?: string;
  readonly header: boolean;
  readonly columns?: readonly string[];
  readonly null?: string;
  readonly data: "base64" | "hex";
  readonly ignoreUnknown?: true;
  readonly skipBad?: string;
  readonly maxRowBytes: number;
  readonly chunkRows?: number;
  readonly embedSchema: boolean;
  readonly spoolDirectory?: string;
  readonly quiet?: true;
  readonly json?: true;
}

const help = `
Each line of NDJSON, and each row of CSV, becomes a struct of a list. Columns are named as fields,
with dots through groups and structs; an empty cell leaves a field as it is in a new struct.

Examples:
  tidemark build --schema world.capnp --root World --from cities.csv world.message
  tidemark build --schema world.capnp --root World --list cities --from cities.ndjson.gz OUT
  psql -c "copy cities to stdout csv header" |
    tidemark build --schema world.capnp --root World --from - --format csv OUT
  tidemark build --schema world.capnp --root World --from dirty.csv --skip-bad bad.ndjson OUT`;

export function buildCommand(): Command {
  return new Command("build")
    .description("build one Cap'n Proto message of rows: NDJSON, CSV or TSV, of any size")
    .argument("<out>", "the file of the message; one that is there is replaced when all is done")
    .requiredOption("--schema <file.capnp>", "the schema")
    .requiredOption("--root <type>", "the struct that is the message's root")
    .requiredOption("--from <file>", 'the rows, also compressed by gzip or zstd; "-" is stdin')
    .option("--list <field>", "the root's list that gets the rows, if there is more than one")
    .option("--no-list", "the root itself is the one row")
    .addOption(new Option("--format <format>", "when the name does not tell").choices(rowFormats))
    .option("--delimiter <character>", 'between cells of CSV, also "tab"', delimiterOf)
    .option("--no-header", "the first row of CSV is a row: --columns names the fields")
    .option("--columns <names>", "field names, with commas, instead of the header's", columnsOf)
    .option("--null <text>", "a cell that is this text counts as empty")
    .addOption(
      new Option("--data <encoding>", "how bytes stand in texts")
        .choices(["base64", "hex"])
        .default("base64"),
    )
    .option("--ignore-unknown", "leave out columns and names that are no fields")
    .option("--skip-bad <file>", "leave out rows that do not fit, and write them to a file")
    .option("--max-row-bytes <n>", "a longer row does not fit", rowQuantity, 16 * 2 ** 20)
    .option("--chunk-rows <n>", "rows of each list, in a List(List(…))", positiveQuantity)
    .option("--no-embed-schema", "leave the schema out of the message")
    .option("--spool-directory <dir>", "where input is kept that cannot be mapped; beside <out>")
    .option("-I, --import-path <dir...>", "where imports that begin with a slash are looked for")
    .option("-q, --quiet", "no progress, no summary")
    .option("--json", "print the summary as JSON")
    .addHelpText("after", help)
    .action(build);
}

async function build(out: string, options: BuildCommandOptions): Promise<void> {
  const startedAt = performance.now();
  const format = options.format ?? formatOf(options.from);
  const csv = csvOptionsOf(options, format);
  const { request, schemas } = compile(options);
  const place = rowPlaceOf(schemas, options.root, options.list);
  if (options.embedSchema && place.root.name.includes("(")) {
    throw new CommandFailure(
      `a message cannot say that its root is ${place.root.name}: give --no-embed-schema, ` +
        "or a root without type parameters",
      2,
    );
  }
  const target = targetOf(out);
  checkDistinct(out, options);
  const progress = new Progress({ isQuiet: options.quiet === true });
  using interruption = new Interruption();
  const { signal } = interruption;
  let badRows: BadRows | undefined;
  try {
    using source = await RowSource.open(options.from, {
      spoolFolder: options.spoolDirectory ?? path.dirname(target.path),
      signal,
      onSpooled: (bytes) => progress.show({ what: "reading", bytes }),
    });
    const inputByteLength = source.byteLength;
    badRows = options.skipBad === undefined ? undefined : new BadRows(options.skipBad);
    const result = await buildMessage({
      source,
      format,
      csv,
      data: options.data,
      maxRowByteLength: options.maxRowBytes,
      schemas,
      place,
      request: options.embedSchema ? request : undefined,
      out: target.path,
      mode: target.mode,
      chunkRows: options.chunkRows,
      badRows,
      signal,
      progress,
    });
    badRows?.close();
    progress.end();
    const elapsedMs = performance.now() - startedAt;
    const skippedRows = badRows?.count ?? 0;
    summarize(out, options, { ...result, inputByteLength, skippedRows, elapsedMs });
  } catch (error) {
    progress.end();
    badRows?.close();
    end(signal.aborted ? signal.reason : error, out, target.exists);
  }
}

/** Ends the process: with a signal's exit code, or with what happened, in one line. */
function end(error: unknown, out: string, exists: boolean): never {
  const fate = exists ? `${out} is as it was` : `there is no ${out}`;
  if (error instanceof Interrupted) {
    fs.writeSync(2, `tidemark: ${error.message}: ${fate}\n`);
    process.exit(error.exitCode);
  }
  if (error instanceof MessageFileError) {
    const cause = error.cause instanceof Error ? error.cause.message : error.message;
    endWithFailure(new CommandFailure(`${out} could not be built: ${cause}; ${fate}`));
  }
  endWithFailure(error);
}

interface Compiled {
  readonly request: Uint8Array;
  readonly schemas: SchemaSet;
}

function compile({ schema, importPath }: BuildCommandOptions): Compiled {
  // Names of files that are embedded say nothing of this machine's folders.
  const srcPrefix = path.dirname(path.resolve(schema));
  const how = optionsOf({ ...(importPath === undefined ? {} : { importPath }), srcPrefix });
  const result = compileFiles([schema], how);
  showDiagnostics(result);
  if (result.request === undefined) throw new CommandFailure(`${schema} does not compile`);
  return { request: result.request, schemas: SchemaSet.fromRequest(result.request) };
}

interface Target {
  readonly path: string;
  readonly exists: boolean;
  readonly mode: number;
}

/** Where the message goes: through links. */
function targetOf(out: string): Target {
  if (out === standardInput) {
    throw new CommandFailure("a message is built in a file, not on standard output", 2);
  }
  const stat = fs.statSync(out, { throwIfNoEntry: false });
  if (stat === undefined) {
    const folder = path.dirname(path.resolve(out));
    if (!fs.existsSync(folder)) throw new CommandFailure(`there is no folder ${folder}`);
    return { path: path.resolve(out), exists: false, mode: 0o666 };
  }
  if (stat.isDirectory()) throw new CommandFailure(`${out} is a directory: name a file`);
  if (!stat.isFile()) throw new CommandFailure(`${out} is no file: name one, or a new one`);
  return { path: fs.realpathSync(out), exists: true, mode: stat.mode & 0o777 };
}

/** Refuses to write over what is read, or twice to one file. */
function checkDistinct(out: string, { from, schema, skipBad }: BuildCommandOptions): void {
  const written = skipBad === undefined ? [out] : [out, skipBad];
  const read = [schema, ...(from === standardInput ? [] : [from])];
  for (const [index, target] of written.entries()) {
    for (const other of [...read, ...written.slice(0, index)]) {
      if (!isSameFile(target, other)) continue;
      throw new CommandFailure(`${target} is ${other}: write to another file`);
    }
  }
}

function isSameFile(file: string, other: string): boolean {
  if (path.resolve(file) === path.resolve(other)) return true;
  const [stat, found] = [file, other].map((each) => fs.statSync(each, { throwIfNoEntry: false }));
  return stat !== undefined && found?.dev === stat.dev && found.ino === stat.ino;
}

function csvOptionsOf(options: BuildCommandOptions, format: RowFormat): CsvOptions {
  const { delimiter, header, columns, null: nullText } = options;
  const isCsv = format !== "ndjson";
  if (!isCsv && (delimiter !== undefined || !header || columns !== undefined)) {
    throw new CommandFailure("--delimiter, --no-header and --columns are for CSV and TSV", 2);
  }
  if (!header && columns === undefined) {
    throw new CommandFailure("--no-header needs --columns, which names the fields", 2);
  }
  return {
    delimiter: (delimiter ?? (format === "tsv" ? "\t" : ",")).charCodeAt(0),
    hasHeader: header,
    columns,
    nullText,
    ignoreUnknown: options.ignoreUnknown === true,
  };
}

function delimiterOf(text: string): string {
  const character = text === "tab" || text === "\\t" ? "\t" : text;
  const isAscii = character.length === 1 && character >= "\t" && character < "\x7f";
  if (isAscii && !'"\r\n'.includes(character)) return character;
  throw new InvalidArgumentError("It must be one ASCII character, as ; or tab.");
}

function columnsOf(text: string): readonly string[] {
  return text.split(",").map((name) => name.trim());
}

/** Longer texts than this no engine makes of a row. */
const longestRow = 2 ** 28;

function rowQuantity(text: string): number {
  const value = positiveQuantity(text);
  if (value <= longestRow) return value;
  throw new InvalidArgumentError("It must be at most 256M.");
}

interface Summary extends BuildResult {
  readonly inputByteLength: number;
  readonly skippedRows: number;
  readonly elapsedMs: number;
}

function summarize(out: string, options: BuildCommandOptions, summary: Summary): void {
  const { rows, byteLength, skippedRows, elapsedMs } = summary;
  if (options.json) {
    printJson({ file: out, ...summary, elapsedMs: Math.round(elapsedMs) });
    return;
  }
  if (options.quiet) return;
  const speed = countText(rows / (elapsedMs / 1000));
  print(
    `${out}: ${countText(rows)} ${rows === 1 ? "row" : "rows"}, ${sizeText(byteLength)}, ` +
      `${durationText(elapsedMs / 1000)} (${speed} rows/s)`,
  );
  if (options.skipBad !== undefined) {
    const count = skippedRows === 1 ? "1 row does" : `${countText(skippedRows)} rows do`;
    print(`${count} not fit and ${skippedRows === 1 ? "is" : "are"} in ${options.skipBad}`);
  }
  flushOutput();
}
