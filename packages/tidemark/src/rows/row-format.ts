// In which form rows come.

import { CommandFailure } from "../command/failure.js";

export const rowFormats = ["ndjson", "csv", "tsv"] as const;
export type RowFormat = (typeof rowFormats)[number];

const formatsByEnding: Readonly<Record<string, RowFormat>> = {
  csv: "csv",
  tsv: "tsv",
  tab: "tsv",
  ndjson: "ndjson",
  jsonl: "ndjson",
  jsonlines: "ndjson",
};

/** The format that a file's name tells, whatever it is compressed with. @throws CommandFailure */
export function formatOf(file: string): RowFormat {
  const plain = file.toLowerCase().replace(/\.(gz|gzip|zst|zstd)$/, "");
  const format = formatsByEnding[plain.slice(plain.lastIndexOf(".") + 1)];
  if (format !== undefined) return format;
  const hint = plain.endsWith(".json") ? " (a JSON array becomes NDJSON by jq -c '.[]')" : "";
  const name = file === "-" ? "standard input" : file;
  throw new CommandFailure(
    `the name of ${name} does not tell its format: say --format ${rowFormats.join(", ")}${hint}`,
    2,
  );
}
