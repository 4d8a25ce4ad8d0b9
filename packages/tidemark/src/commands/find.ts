// tidemark find: where bytes are in a file of any size.

import { Command, InvalidArgumentError } from "commander";
import { Mapping } from "tidemark";
import { CommandFailure } from "../command/failure.js";
import { flushOutput, print, printJson } from "../command/output.js";
import { positiveQuantity } from "../command/quantities.js";

interface FindOptions {
  readonly hex?: true;
  readonly limit?: number;
  readonly count?: true;
  readonly quiet?: true;
  readonly json?: true;
}

/** Bytes that are searched at once: views of this length are possible everywhere. */
const pieceByteLength = 2 ** 30;

export function findCommand(): Command {
  return new Command("find")
    .description("print the byte offsets at which a string is in a file; exit with 1 if nowhere")
    .argument("<string>", "what to look for, in UTF-8")
    .argument("<file>")
    .option("--hex", "the string is bytes in hexadecimal, as 89504e47")
    .option("--limit <n>", "stop after so many", positiveQuantity)
    .option("-c, --count", "print only how many there are")
    .option("-q, --quiet", "print nothing: the exit code tells; stops at the first one")
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  tidemark find needle haystack.bin\n" +
        "  tidemark find --hex 504b0304 --limit 1 archive.zip\n" +
        "  tidemark find -q needle haystack.bin && echo found",
    )
    .action(find);
}

function find(string: string, file: string, options: FindOptions): void {
  const needle = options.hex ? hexBytes(string) : Buffer.from(string);
  if (needle.length === 0) throw new CommandFailure("there is nothing to look for", 2);
  using mapping = Mapping.openFile(file);
  mapping.advise(undefined, "sequential");
  const listed = options.count !== true && options.quiet !== true;
  const limit = options.quiet === true ? 1 : options.limit;
  const offsets: number[] = [];
  let count = 0;
  for (const offset of matches(mapping, needle)) {
    count++;
    if (options.json && listed) offsets.push(offset);
    else if (listed) print(String(offset));
    if (count === limit) break;
  }
  mapping.check();
  if (options.quiet !== true) {
    if (options.json) printJson({ file, count, ...(listed ? { offsets } : {}) });
    else if (!listed) print(String(count));
    flushOutput();
  }
  if (count === 0) process.exitCode = 1;
}

/** Each offset at which the needle begins; matches may overlap. */
function* matches(mapping: Mapping, needle: Buffer): Generator<number> {
  const end = mapping.byteLength;
  for (let start = 0; start < end; start += pieceByteLength) {
    // Far enough into the next piece for a match that begins in this one.
    const byteLength = Math.min(pieceByteLength + needle.length - 1, end - start);
    const bytes = mapping.bytes(start, byteLength);
    const piece = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    for (let at = piece.indexOf(needle); at >= 0; at = piece.indexOf(needle, at + 1)) {
      yield start + at;
    }
  }
}

/** @throws {@link InvalidArgumentError} */
export function hexBytes(text: string): Buffer {
  const digits = text.replaceAll(/[\s:]/g, "");
  if (!/^([0-9a-f]{2})+$/i.test(digits)) {
    throw new InvalidArgumentError(`${JSON.stringify(text)} is not bytes in hexadecimal`);
  }
  return Buffer.from(digits, "hex");
}
