// Files that are to survive a loss of power, and where they are put.

import { randomBytes } from "node:crypto";
import fs from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { FileError } from "@tidemark/core";
import { CapnpTypeError } from "../errors.js";

/** The absolute path that a program gave. */
export function checkPath(file: unknown): string {
  if (typeof file === "string" && file !== "") return path.resolve(file);
  if (file instanceof URL && file.protocol === "file:") return fileURLToPath(file);
  throw new CapnpTypeError(`file must be a path or a file: URL, got ${String(file)}`);
}

/** A name in the same folder, so that renaming moves nothing. */
export function pathBeside(target: string): string {
  const unique = randomBytes(6).toString("hex");
  return path.join(path.dirname(target), `.${path.basename(target)}.${unique}.building`);
}

/** Has the device keep the file, with its length, or the folder with its entries. */
export async function sync(file: string): Promise<void> {
  try {
    const handle = await fs.promises.open(file, "r");
    await handle.sync().finally(() => handle.close());
  } catch (error) {
    throw fileError(error, `${file} could not be written to the disk`, file);
  }
}

/** The same, on this thread. */
export function syncSync(file: string): void {
  try {
    const fd = fs.openSync(file, "r");
    try {
      fs.fsyncSync(fd);
    } finally {
      fs.closeSync(fd);
    }
  } catch (error) {
    throw fileError(error, `${file} could not be written to the disk`, file);
  }
}

/** Puts a file in the place of another; removes it when that is not possible. */
export function renameOrRemove(source: string, target: string): void {
  try {
    fs.renameSync(source, target);
  } catch (error) {
    fs.rmSync(source, { force: true });
    throw fileError(error, `${source} could not be put in the place of ${target}`, target);
  }
}

function fileError(error: unknown, what: string, file: string): unknown {
  const { errno, syscall } = error as NodeJS.ErrnoException;
  if (!(error instanceof Error) || errno === undefined) return error;
  return new FileError(`${what}: ${error.message}`, { errno, syscall: syscall ?? "" }, file);
}
