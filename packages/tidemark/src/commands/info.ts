// tidemark info: a file's length and blocks, and which parts of it are in memory.

import fs from "node:fs";
import { Command } from "commander";
import { Mapping, pageSize } from "tidemark";
import { printFacts, printJson, sizeText } from "../command/output.js";

interface InfoOptions {
  readonly json?: true;
}

const pictureWidth = 64;

export function infoCommand(): Command {
  return new Command("info")
    .description("show a file's length, its blocks, and which parts of it are in memory")
    .argument("<file>")
    .option("--json", "print JSON")
    .addHelpText("after", "\nExample:\n  tidemark info data.bin")
    .action(info);
}

function info(file: string, options: InfoOptions): void {
  using mapping = Mapping.openFile(file);
  const stat = fs.statSync(file);
  const { bitmap, pageCount, residentCount } = mapping.residency();
  const allocated = stat.blocks * 512;
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
  ]);
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
