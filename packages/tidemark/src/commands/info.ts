// tidemark info: a file's length and blocks, which parts of it are in memory, and what it holds.

import fs from "node:fs";
import { Command } from "commander";
import { Mapping, pageSize } from "tidemark";
import { printFacts, printJson, sizeText } from "../command/output.js";
import { journalOf, type KnownFormat, knownFormat } from "../messages/known-formats.js";
import { messageFacts, messageLines } from "../messages/message-facts.js";
import { checkMemory, type SchemaOptions, withSchemaOptions } from "../messages/message-source.js";

interface InfoOptions extends SchemaOptions {
  readonly json?: true;
}

const pictureWidth = 64;

export function infoCommand(): Command {
  const command = new Command("info")
    .description("show a file's length and blocks, which parts are in memory, and what it holds")
    .argument("<file>")
    .option("--json", "print JSON");
  return withSchemaOptions(command)
    .addHelpText(
      "after",
      "\nOf a message also its segments, its root, and how long the lists in that are.\n\n" +
        "Examples:\n  tidemark info data.bin\n  tidemark info people.bin --json | jq .message",
    )
    .action(info);
}

function info(file: string, options: InfoOptions): void {
  using mapping = Mapping.openFile(file);
  const stat = fs.statSync(file);
  const { bitmap, pageCount, residentCount } = mapping.residency();
  const allocated = stat.blocks * 512;
  const format = knownFormat(mapping);
  const message = format === undefined ? messageFacts(file, options) : undefined;
  const journal = journalOf(file);
  checkMemory(file, mapping);
  if (options.json) {
    printJson({
      file,
      byteLength: mapping.byteLength,
      allocatedByteLength: allocated,
      sparse: allocated < mapping.byteLength,
      pageSize,
      pageCount,
      residentCount,
      modified: stat.mtime.toISOString(),
      mode: `0${(stat.mode & 0o7777).toString(8)}`,
      format: message === undefined ? (format ?? null) : { name: "message" },
      message: message ?? null,
      journal: journal ?? null,
    });
    return;
  }
  const holes = mapping.byteLength - allocated;
  const share = pageCount === 0 ? 0 : Math.round((100 * residentCount) / pageCount);
  printFacts([
    ["file", file],
    ["length", `${mapping.byteLength} bytes (${sizeText(mapping.byteLength)})`],
    ["on the disk", `${allocated} bytes (${sizeText(allocated)})`],
    ["holes", holes > 0 ? `${sizeText(holes)} at least take no room` : "none"],
    ["pages", `${pageCount} of ${pageSize} bytes`],
    ["in memory", `${residentCount} pages (${share} %)`],
    ["", picture(bitmap, pageCount)],
    ["modified", stat.mtime.toISOString()],
    ["mode", `0${(stat.mode & 0o7777).toString(8)}`],
    ...(format === undefined ? [] : [formatLine(format)]),
    ...(message === undefined ? [] : messageLines(message)),
    ...(journal === undefined ? [] : [journalLine(journal)]),
  ]);
}

function formatLine({ name, version }: KnownFormat): [string, string] {
  return ["holds", version === undefined ? name : `${name}, version ${version}`];
}

function journalLine(journal: string): [string, string] {
  return ["journal", `${journal}: a commit was cut short; TrackedFile.open ends it, or undoes it`];
}

/** A line of the file from its start to its end: the fuller a cell, the more of it is in memory. */
function picture(bitmap: Uint8Array, pageCount: number): string {
  const width = Math.min(pictureWidth, pageCount);
  let cells = "";
  for (let cell = 0; cell < width; cell++) {
    const first = Math.floor((cell * pageCount) / width);
    const end = Math.floor(((cell + 1) * pageCount) / width);
    let resident = 0;
    for (let page = first; page < end; page++) {
      resident += ((bitmap[page >> 3] ?? 0) >> (page & 7)) & 1;
    }
    cells += " ░▒▓█".charAt(Math.ceil((4 * resident) / (end - first)));
  }
  return `[${cells}]`;
}
