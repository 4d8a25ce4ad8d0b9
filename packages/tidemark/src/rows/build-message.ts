// The main job: rows become one message, built in place in a growing file.

import { CapnpError } from "@tidemark/capnp";
import { JsonCodec, type SchemaSet } from "@tidemark/capnp/dynamic";
import { MessageFile, MessageFileError } from "@tidemark/capnp/file";
import { CommandFailure } from "../command/failure.js";
import { embedSchema } from "../messages/embedded-schema.js";
import type { BadRows } from "./bad-rows.js";
import { type CsvOptions, CsvRows } from "./csv-rows.js";
import { Locator } from "./locator.js";
import { NdjsonRows } from "./ndjson-rows.js";
import type { Progress } from "./progress.js";
import { RecordReader } from "./record-reader.js";
import { CsvScanner, LineScanner } from "./record-scanner.js";
import { RowError } from "./row-error.js";
import type { RowFormat } from "./row-format.js";
import type { RowPlace } from "./row-place.js";
import type { RowSource } from "./row-source.js";
import { checkRowCount, chunkRows, openTarget, type RowTarget } from "./row-target.js";

/** What is built of what. */
export interface BuildTask {
  readonly source: RowSource;
  readonly format: RowFormat;
  readonly csv: CsvOptions;
  readonly data: "base64" | "hex";
  readonly maxRowByteLength: number;
  readonly schemas: SchemaSet;
  readonly place: RowPlace;
  /** The compiled schema, to be put into the message; undefined leaves it out. */
  readonly request: Uint8Array | undefined;
  readonly out: string;
  readonly mode: number;
  /** Rows of each list, where rows go into a list of lists. */
  readonly chunkRows: number | undefined;
  /** Takes rows that do not fit; undefined lets them be errors. */
  readonly badRows: BadRows | undefined;
  readonly signal: AbortSignal;
  readonly progress: Progress;
}

export interface BuildResult {
  readonly rows: number;
  readonly byteLength: number;
  readonly segmentCount: number;
}

/** How long one stays before others get a turn: signals, above all. */
const turnMs = 30;
const turnRows = 256;
const turnByteLength = 2 ** 20;

/** So much is built, or read, before its memory is given back. */
const residentByteLength = 64 * 2 ** 20;

/** A message that is longer gets a table with room for many segments from the start. */
const oneSegmentByteLength = 2 ** 31;
const mostSegments = 511;

/** @throws {@link CommandFailure} for a row that does not fit, and whatever the file has */
export async function buildMessage(task: BuildTask): Promise<BuildResult> {
  const build = new Build(task);
  const count = await build.count();
  checkRowCount(task.place, count);
  const { row } = task.place;
  const step = row.dataByteLength + row.pointerCount * 8;
  const isShort = count * step + 2 * task.source.byteLength < oneSegmentByteLength;
  if (!isShort) return build.run(count, mostSegments);
  try {
    return await build.run(count, 1);
  } catch (error) {
    // Rarely rows become so much longer: then once more, with a table for many segments.
    const isFull = error instanceof CapnpError && error.code === "ERR_TIDEMARK_CAPNP_TOO_LARGE";
    if (!isFull) throw error;
    task.badRows?.restart();
    return await build.run(count, mostSegments);
  }
}

class Build {
  readonly #task: BuildTask;
  readonly #rows: CsvRows | NdjsonRows;
  readonly #locator: Locator;

  constructor(task: BuildTask) {
    this.#task = task;
    const json = new JsonCodec({
      data: task.data,
      unknownFields: task.csv.ignoreUnknown ? "ignore" : "error",
    });
    const context = { struct: task.place.row, json, data: task.data, unions: new Map() };
    this.#rows = task.format === "ndjson" ? new NdjsonRows(json) : new CsvRows(task.csv, context);
    this.#locator = new Locator(task.source, this.#reader().nextOffset);
  }

  /** How many rows there are: no list can be made before that is known. */
  async count(): Promise<number> {
    const reader = this.#begin();
    let count = 0;
    await this.#inTurns(
      reader,
      "counting",
      () => count,
      () => {
        if (!reader.next()) return false;
        count++;
        return true;
      },
    );
    this.#task.source.check();
    return count;
  }

  async run(count: number, maxSegments: number): Promise<BuildResult> {
    const { out, mode, place } = this.#task;
    const file = MessageFile.create(out, { maxSegments, replace: "at-close", mode });
    try {
      const perChunk = this.#task.chunkRows ?? chunkRows(place.row);
      const target = openTarget(file, place, { rows: count, chunkRows: perChunk });
      const rows = await this.#fill(file, target, count);
      target.finish();
      this.#embed(file);
      // Before the message is in its place: a list of what is not in it that fails, fails it all.
      this.#task.badRows?.flush();
      const { byteLength, segmentCount } = file;
      await this.#close(file);
      return { rows, byteLength, segmentCount };
    } catch (error) {
      const fault = faultOf(file);
      file.discard();
      throw fault ?? error;
    }
  }

  async #fill(file: MessageFile, target: RowTarget, count: number): Promise<number> {
    const { source, badRows } = this.#task;
    const reader = this.#begin();
    let done = 0;
    let residentFrom = 0;
    const rowsBuilt = (): number => done - (badRows?.count ?? 0);
    await this.#inTurns(
      reader,
      "building",
      rowsBuilt,
      () => {
        if (!reader.next()) return false;
        if (done++ === count) throw this.#changed();
        this.#row(reader, target);
        return true;
      },
      () => {
        file.check();
        const built = file.byteLength;
        if (built - residentFrom < residentByteLength) return;
        file.releaseMemory();
        residentFrom = built;
      },
    );
    source.check();
    if (done !== count) throw this.#changed();
    return rowsBuilt();
  }

  #row(reader: RecordReader, target: RowTarget): void {
    const { bytes, start, end } = reader;
    try {
      if (reader.isTooLong) throw this.#tooLong(reader);
      this.#rows.write(target.next(), bytes, start, end);
    } catch (error) {
      if (!(error instanceof RowError)) throw error;
      // Of a file that is cut off meanwhile, what is read is no row.
      this.#task.source.check();
      const { badRows } = this.#task;
      if (badRows === undefined) throw this.#located(error, reader);
      if (!reader.isTooLong) target.drop();
      const location = this.#locator.locate(reader.offset - start + error.index);
      badRows.add(location, error.message, bytes.subarray(start, end), reader.isTooLong);
    }
  }

  #tooLong({ start }: RecordReader): RowError {
    const most = this.#task.maxRowByteLength;
    return new RowError(`the row has more than ${most} bytes (--max-row-bytes allows more)`, start);
  }

  /** Works on until `step` says that it is done, and lets others have their turns. */
  async #inTurns(
    reader: RecordReader,
    what: string,
    rows: () => number,
    step: () => boolean,
    between: () => void = () => undefined,
  ): Promise<void> {
    const { signal, progress, source } = this.#task;
    for (;;) {
      const until = performance.now() + turnMs;
      do {
        const limit = reader.nextOffset + turnByteLength;
        for (let row = 0; row < turnRows && reader.nextOffset < limit; row++) {
          if (!step()) {
            between();
            return;
          }
        }
      } while (performance.now() < until);
      between();
      progress.show({
        what,
        bytes: reader.nextOffset,
        totalBytes: source.byteLength,
        rows: rows(),
      });
      await new Promise((resolve) => setImmediate(resolve));
      signal.throwIfAborted();
    }
  }

  #embed(file: MessageFile): void {
    const { request, place } = this.#task;
    if (request !== undefined) embedSchema(file.message, { request, root: place.root });
  }

  /** Waits until the message is on the disk and in its place, unless a signal comes before. */
  async #close(file: MessageFile): Promise<void> {
    const { signal, progress } = this.#task;
    progress.show({ what: "writing to the disk", bytes: file.byteLength });
    const closing = file.close();
    const interrupted = new Promise<void>((_, reject) => {
      const stop = (): void => reject(signal.reason);
      if (signal.aborted) stop();
      else signal.addEventListener("abort", stop, { once: true });
    });
    try {
      await Promise.race([closing, interrupted]);
    } catch (error) {
      // Once it is closed it goes into its place, which takes no time and is not half done.
      if (signal.aborted && file.closed) return await closing;
      closing.catch(() => undefined);
      throw error;
    }
  }

  #begin(): RecordReader {
    const reader = this.#reader();
    try {
      this.#rows.begin(reader);
    } catch (error) {
      throw error instanceof RowError ? this.#located(error, reader) : error;
    }
    return reader;
  }

  #reader(): RecordReader {
    const { source, format, csv, maxRowByteLength } = this.#task;
    const scanner = format === "ndjson" ? new LineScanner() : new CsvScanner(csv.delimiter);
    return new RecordReader(source, scanner, { maxRowByteLength });
  }

  #located(error: RowError, reader: RecordReader): CommandFailure {
    const { source } = this.#task;
    const { line, column } = this.#locator.locate(reader.offset - reader.start + error.index);
    return new CommandFailure(`${source.name}:${line}:${column}: ${error.message}`);
  }

  #changed(): CommandFailure {
    return new CommandFailure(`${this.#task.source.name} was changed while it was read`);
  }
}

/** What happened to the message's memory: on a full disk all else that goes wrong comes of it. */
function faultOf(file: MessageFile): MessageFileError | undefined {
  try {
    if (!file.closed) file.check();
  } catch (error) {
    if (error instanceof MessageFileError) return error;
  }
  return undefined;
}
