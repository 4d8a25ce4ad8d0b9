// tidemark peek: bytes of a file, by offset.

import { Command } from "commander";
import { Mapping } from "tidemark";
import { CommandFailure } from "../command/failure.js";
import { flushOutput, print, printJson } from "../command/output.js";
import { positiveQuantity, quantity } from "../command/quantities.js";

interface PeekOptions {
  readonly length?: number;
  readonly json?: true;
}

const bytesPerLine = 16;

export function peekCommand(): Command {
  return new Command("peek")
    .description("show a byte of a file, or with --length a hexadecimal view")
    .argument("<file>")
    .argument("<offset>", "bytes from the start, as 4096, 0x1000, 4K", quantity)
    .option("-n, --length <n>", "show so many bytes", positiveQuantity)
    .option("--json", "print JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  tidemark peek data.bin 0x1000\n  tidemark peek data.bin 2G --length 64",
    )
    .action(peek);
}

function peek(file: string, offset: number, options: PeekOptions): void {
  using mapping = Mapping.openFile(file);
  checkOffset(file, offset, mapping.byteLength);
  const byteLength = Math.min(options.length ?? 1, mapping.byteLength - offset);
  // A copy, to be sure that what is shown was there.
  const bytes = Buffer.from(mapping.bytes(offset, byteLength));
  mapping.check();
  if (options.json) {
    printJson({ file, offset, length: byteLength, hex: bytes.toString("hex") });
    return;
  }
  if (options.length === undefined) {
    const [value = 0] = bytes;
    print(`${value} 0x${hexadecimal(value, 2)} ${shown(value)}`);
  } else {
    for (let at = 0; at < bytes.length; at += bytesPerLine) {
      print(hexLine(offset + at, bytes.subarray(at, at + bytesPerLine)));
    }
  }
  flushOutput();
}

/** @throws {@link CommandFailure} that gives the range allowed. */
export function checkOffset(file: string, offset: number, byteLength: number): void {
  if (offset < byteLength) return;
  throw new CommandFailure(
    byteLength === 0
      ? `${file} is empty: it has no byte ${offset}`
      : `offset ${offset} is outside ${file}: it may be from 0 to ${byteLength - 1}`,
    2,
  );
}

function hexLine(offset: number, bytes: Uint8Array): string {
  const pairs = [...bytes].map((byte) => hexadecimal(byte, 2));
  const halves = [pairs.slice(0, 8).join(" "), pairs.slice(8).join(" ")];
  const text = [...bytes].map((byte) => (isPrintable(byte) ? String.fromCharCode(byte) : "."));
  return `${hexadecimal(offset, 8)}  ${halves.join("  ").padEnd(48)}  |${text.join("")}|`;
}

function hexadecimal(value: number, digits: number): string {
  return value.toString(16).padStart(digits, "0");
}

function shown(byte: number): string {
  return isPrintable(byte) ? JSON.stringify(String.fromCharCode(byte)) : "not printable";
}

function isPrintable(byte: number): boolean {
  return byte >= 0x20 && byte < 0x7f;
}
