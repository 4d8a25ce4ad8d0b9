// Numbers of the command line: offsets, lengths and counts, also in hexadecimal and with units.

import { InvalidArgumentError } from "commander";

const units: Readonly<Record<string, number>> = {
  "": 1,
  k: 2 ** 10,
  m: 2 ** 20,
  g: 2 ** 30,
  t: 2 ** 40,
};

/** Reads `4096`, `0x1000`, `4K`, `4KiB`: a whole number of bytes. For commander's parsers. */
export function quantity(text: string): number {
  const hexadecimal = /^0x[0-9a-f]+$/i.test(text);
  const [, digits = "", unit = ""] = /^([0-9]+)([kmgt]?)(?:i?b)?$/i.exec(text) ?? [];
  const value = hexadecimal ? Number(text) : Number(digits) * (units[unit.toLowerCase()] ?? 1);
  if ((!hexadecimal && digits === "") || !Number.isSafeInteger(value)) {
    throw new InvalidArgumentError("It must be a whole number, as 4096, 0x1000, 4K, 2M, 1G.");
  }
  return value;
}

/** The same, at least 1. */
export function positiveQuantity(text: string): number {
  const value = quantity(text);
  if (value < 1) throw new InvalidArgumentError("It must be at least 1.");
  return value;
}
