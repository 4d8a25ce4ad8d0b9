// tidemark get: one value of a message, by its path. Nothing else of the file is read.

import { type DynamicStructReader, type DynamicValue, JsonCodec } from "@tidemark/capnp/dynamic";
import { MessageFile } from "@tidemark/capnp/file";
import { Command, Option } from "commander";
import { CommandFailure } from "../command/failure.js";
import { flushOutput, print, writeAll } from "../command/output.js";
import {
  MessageSource,
  type SchemaOptions,
  withSchemaOptions,
} from "../messages/message-source.js";
import { type Found, followPath } from "../paths/follow-path.js";
import { parsePath } from "../paths/message-path.js";

interface GetOptions extends SchemaOptions {
  readonly data: "base64" | "hex" | "array" | "raw";
  readonly json?: true;
  readonly time?: true;
}

export function getCommand(): Command {
  const command = new Command("get")
    .description("print one value of a message, in microseconds whatever its size")
    .argument("<file>", "a message, as tidemark build makes it")
    .argument("<path>", "as people[12345].name, people[-1], people.length; . is the root")
    .addOption(
      new Option("--data <encoding>", "how Data is told")
        .choices(["base64", "hex", "array", "raw"])
        .default("base64"),
    )
    .option("--json", "print JSON on one line, also of texts and numbers")
    .option("--time", "say on standard error how long it took");
  return withSchemaOptions(command)
    .addHelpText(
      "after",
      "\nExamples:\n  tidemark get people.bin 'people[12345].name'\n" +
        "  tidemark get people.bin 'people[-1]' --json | jq .name\n" +
        "  tidemark get people.bin people.length --time\n" +
        "  tidemark get photos.bin 'photos[0].jpeg' --data raw > photo.jpg",
    )
    .action(get);
}

function get(file: string, path: string, options: GetOptions): void {
  const steps = parsePath(path);
  const start = performance.now();
  using source = MessageSource.open(file, options);
  const opened = performance.now();
  source.read(() => {
    const found = followPath(source.root, steps, path);
    const followed = performance.now();
    const bytes = textOf(found, options);
    // What was not in the file any more reads as something else.
    source.check();
    if (bytes instanceof Uint8Array) writeAll(bytes);
    else print(bytes);
    flushOutput();
    if (options.time === undefined) return;
    const again = warmTime(source, (root) => followPath(root, steps, path));
    const [opening, first] = [opened - start, followed - opened].map(microseconds);
    process.stderr.write(
      `found in ${first}, and once the code is warm in ${again}; ` +
        `opened, with its schema, in ${opening}\n`,
    );
  });
}

/** The median of many times, which no limit is meant for. */
function warmTime(source: MessageSource, work: (root: DynamicStructReader) => void): string {
  using reader = MessageFile.open(source.file);
  const times = Array.from({ length: 1001 }, () => {
    const start = performance.now();
    work(reader.getRoot(source.requiredSchema));
    return performance.now() - start;
  });
  return microseconds(times.sort((a, b) => a - b)[500] ?? 0);
}

function microseconds(milliseconds: number): string {
  return `${(milliseconds * 1000).toFixed(milliseconds < 0.1 ? 1 : 0)} µs`;
}

/** What is printed. */
export function textOf(
  found: Found,
  { data, json }: Pick<GetOptions, "data" | "json">,
): string | Uint8Array {
  const { value, type } = found;
  if (data === "raw") {
    if (value instanceof Uint8Array) return value;
    throw new CommandFailure("--data raw is for Data, which this is not", 2);
  }
  const codec = new JsonCodec({ data });
  const pretty = json !== true;
  if (json === undefined && !(type.kind === "struct" || type.kind === "list")) {
    return plainText(value, codec, found);
  }
  return toJson(codec, found, pretty);
}

function toJson(codec: JsonCodec, { value, type, field, holder }: Found, pretty: boolean): string {
  // Groups, and fields with annotations, stand in JSON as their struct says.
  if (field !== undefined && holder !== undefined) {
    if (!field.has(holder) && field.discriminant === undefined) return "null";
    return codec.encodeField(field, holder, { pretty });
  }
  if (type.kind === "struct") return codec.encode(value as DynamicStructReader, { pretty });
  return codec.encodeValue(value, type, { pretty });
}

function plainText(value: DynamicValue, codec: JsonCodec, { type }: Found): string {
  if (typeof value === "string") return value;
  if (Object.is(value, -0)) return "-0";
  if (type.kind === "void") return "null";
  if (!(value instanceof Uint8Array) && typeof value !== "object") return String(value);
  const text = codec.encodeValue(value, type);
  return text.replace(/^"(.*)"$/, "$1");
}
