// tidemark cat: the rows of a message as NDJSON, CSV or TSV, one after the other.

import { JsonCodec } from "@tidemark/capnp/dynamic";
import { Command, InvalidArgumentError, Option } from "commander";
import { CommandFailure } from "../command/failure.js";
import { writeAll } from "../command/output.js";
import { positiveQuantity, quantity } from "../command/quantities.js";
import { findRows, type MessageRows } from "../messages/message-rows.js";
import {
  MessageSource,
  type SchemaOptions,
  withSchemaOptions,
} from "../messages/message-source.js";
import { CsvWriter } from "../rows/csv-writer.js";

interface CatOptions extends SchemaOptions {
  readonly list?: string | false;
  readonly format: "ndjson" | "csv" | "tsv";
  readonly columns?: readonly string[];
  readonly header: boolean;
  readonly data?: "array" | "base64" | "hex";
  readonly integers: "string" | "number";
  readonly fromRow: number;
  readonly rows?: number;
  readonly json?: true;
}

export function catCommand(): Command {
  const command = new Command("cat")
    .description("print the rows of a message as NDJSON, CSV or TSV")
    .argument("<file>", "a message, as tidemark build makes it")
    .option("--list <field>", "the list whose structs are the rows, as people or company.people")
    .option("--no-list", "the root itself is the one row")
    .addOption(
      new Option("--format <format>", "what is printed")
        .choices(["ndjson", "csv", "tsv"])
        .default("ndjson"),
    )
    .option("--columns <names>", "the columns of CSV, as id,name,address.city", columnList)
    .option("--no-header", "CSV without a line of names")
    .addOption(
      new Option("--data <encoding>", "how Data is told: in NDJSON array, in CSV base64").choices([
        "array",
        "base64",
        "hex",
      ]),
    )
    .addOption(
      new Option("--integers <form>", "how 64-bit integers are told in NDJSON")
        .choices(["string", "number"])
        .default("string"),
    )
    .option("--from-row <n>", "begin with row n, counted from 0", quantity, 0)
    .option("--rows <n>", "print at most so many", positiveQuantity)
    .option("--json", "the same as --format ndjson");
  return withSchemaOptions(command)
    .addHelpText(
      "after",
      "\nWithout --list, rows are the only list of structs in the root, or the root alone.\n\n" +
        "Examples:\n  tidemark cat people.bin | head\n" +
        "  tidemark cat people.bin --format csv --columns id,name > people.csv\n" +
        "  tidemark cat people.bin --from-row 1000000 --rows 10\n" +
        "  tidemark cat old.bin --schema people.capnp --root People --list people",
    )
    .action(cat);
}

function columnList(text: string): readonly string[] {
  const names = text.split(",").map((name) => name.trim());
  if (names.every((name) => name !== "")) return names;
  throw new InvalidArgumentError("It must be names with commas between, as id,address.city.");
}

/** Characters of rows that are written at once. */
const batchLength = 2 ** 16;

function cat(file: string, options: CatOptions): void {
  using source = MessageSource.open(file, options);
  const rows = findRows(source, options.list);
  const tell = teller(rows, options);
  source.read(() => {
    let left = options.rows ?? Number.POSITIVE_INFINITY;
    let batch = "";
    const write = (): void => {
      // Rows whose memory was not in the file any more are not written.
      source.check();
      writeAll(Buffer.from(batch));
      batch = "";
    };
    try {
      for (const row of rows.walk(options.fromRow)) {
        if (left-- <= 0) break;
        batch += `${tell(row)}\n`;
        if (batch.length >= batchLength) write();
      }
    } catch (error) {
      // The rows before the trouble are sound.
      write();
      throw error;
    }
    write();
  });
}

type Row = Parameters<JsonCodec["encode"]>[0];

function teller(rows: MessageRows, options: CatOptions): (row: Row) => string {
  const { format, data, integers: integers64 } = options;
  if (format === "ndjson" || options.json === true) {
    if (options.columns !== undefined) {
      throw new CommandFailure("--columns is for --format csv and tsv: NDJSON has all fields", 2);
    }
    const json = new JsonCodec({ data: data ?? "array", integers64 });
    return (row) => json.encode(row);
  }
  if (data === "array") {
    throw new CommandFailure("--data array is for NDJSON: CSV takes base64 or hex", 2);
  }
  const writer = new CsvWriter(rows.schema, {
    delimiter: format === "csv" ? "," : "\t",
    columns: options.columns,
    json: new JsonCodec({ data: "array", integers64 }),
    data: data === "hex" ? "hex" : "base64",
  });
  if (options.header) writeAll(Buffer.from(`${writer.header}\n`));
  return (row) => writer.row(row);
}
