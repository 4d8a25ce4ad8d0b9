// Where rows go in a message: a list of structs, lists of them in a list, or the root itself.

import { maxListLength, maxSegmentWords, type Segment } from "@tidemark/capnp";
import type { DynamicStructBuilder, Field, StructSchema } from "@tidemark/capnp/dynamic";
import type { MessageFile } from "@tidemark/capnp/file";
import { CommandFailure } from "../command/failure.js";
import type { RowPlace } from "./row-place.js";

/** What takes rows, one after the other. */
export interface RowTarget {
  /** The struct for the next row, all zero. */
  next(): DynamicStructBuilder;
  /** The row that was last begun is none: its struct is for the next one. */
  drop(): void;
  /** All rows are there: lists get the length that they have. */
  finish(): void;
}

/** Words of a list that fits everywhere: in any segment, of any Node. */
const chunkWords = 2 ** 27;

/** Most rows of one list. */
export function mostRows(row: StructSchema): number {
  const words = stepWords(row);
  return words === 0 ? maxListLength : Math.floor((maxSegmentWords - 1) / words);
}

/** Rows of one list where there are many. */
export function chunkRows(row: StructSchema): number {
  return Math.max(1, Math.min(maxListLength, Math.floor(chunkWords / Math.max(1, stepWords(row)))));
}

function stepWords(row: StructSchema): number {
  return row.dataByteLength / 8 + row.pointerCount;
}

/** Says before anything is built that there are too many rows. @throws CommandFailure */
export function checkRowCount(place: RowPlace, count: number): void {
  if (place.kind === "root" && count !== 1) {
    throw new CommandFailure(
      `the root is one ${place.row.name}, and there are ${count} rows: ` +
        `take a root with a field of type List(${place.row.name})`,
    );
  }
  const most = mostRows(place.row);
  if (place.kind !== "list" || count <= most) return;
  throw new CommandFailure(
    `${count} rows are more than one list of ${place.row.name} holds (${most}): ` +
      `make the field a List(List(${place.row.name})), which gets them in parts`,
  );
}

/** Makes the root, and what is needed around rows. */
export function openTarget(
  file: MessageFile,
  place: RowPlace,
  counts: { readonly rows: number; readonly chunkRows: number },
): RowTarget {
  const root = file.initRoot(place.root);
  if (place.kind === "root") return new RootTarget(file, root);
  const holder = place.path.reduce(
    (struct, field) => field.init(struct, 0) as DynamicStructBuilder,
    root,
  );
  if (place.kind === "list") return new ListTarget(file, holder, place.field, counts.rows);
  return new ChunkTarget(file, holder, place.field, counts);
}

/** What was built before a row, to be able to go back. */
class Mark {
  readonly #segments: readonly Segment[];
  #count = 0;
  #byteLength = 0;

  constructor(file: MessageFile) {
    this.#segments = file.message.segments;
  }

  set(): void {
    const last = this.#segments.at(-1);
    this.#count = this.#segments.length;
    this.#byteLength = last?.byteLength ?? 0;
  }

  /** Everything allocated since is gone, and its room zero. */
  goBack(): void {
    for (let index = this.#count - 1; index < this.#segments.length; index++) {
      const segment = this.#segments[index];
      if (segment === undefined) continue;
      const from = index === this.#count - 1 ? this.#byteLength : 0;
      segment.bytes.fill(0, from, segment.byteLength);
      // What was allocated in a segment that is full stays unused.
      if (index === this.#segments.length - 1) segment.byteLength = from;
    }
  }
}

function zero(struct: DynamicStructBuilder): void {
  const { $segment, $at, $pointersAt, $pointerCount } = struct;
  $segment.bytes.fill(0, $at, $pointersAt + $pointerCount * 8);
}

class RootTarget implements RowTarget {
  readonly #root: DynamicStructBuilder;
  readonly #mark: Mark;

  constructor(file: MessageFile, root: DynamicStructBuilder) {
    this.#root = root;
    this.#mark = new Mark(file);
  }

  next(): DynamicStructBuilder {
    this.#mark.set();
    return this.#root;
  }

  drop(): void {
    zero(this.#root);
    this.#mark.goBack();
  }

  finish(): void {
    // There is no list.
  }
}

type RowList = ReturnType<DynamicStructBuilder["initStructList"]>;

class ListTarget implements RowTarget {
  readonly #holder: DynamicStructBuilder;
  readonly #field: Field;
  readonly #list: RowList;
  readonly #cursor: DynamicStructBuilder;
  readonly #mark: Mark;
  #length = 0;

  constructor(file: MessageFile, holder: DynamicStructBuilder, field: Field, rows: number) {
    this.#holder = holder;
    this.#field = field;
    this.#list = holder.initStructList(field.name, rows);
    this.#cursor = this.#list.cursor();
    this.#mark = new Mark(file);
  }

  next(): DynamicStructBuilder {
    this.#mark.set();
    return this.#list.get(this.#length++, this.#cursor);
  }

  drop(): void {
    zero(this.#cursor);
    this.#mark.goBack();
    this.#length--;
  }

  finish(): void {
    if (this.#length < this.#list.length) this.#field.shortenList(this.#holder, this.#length);
  }
}

/** A list of lists, to be filled. */
interface ListOfLists {
  init(index: number, length: number): RowList;
  shorten(index: number, length: number): void;
}

class ChunkTarget implements RowTarget {
  readonly #holder: DynamicStructBuilder;
  readonly #field: Field;
  readonly #lists: ListOfLists;
  readonly #chunkRows: number;
  readonly #mark: Mark;
  #rowsLeft: number;
  #list: RowList | undefined;
  #lengthBefore = 0;
  #length = 0;
  #chunks = 0;
  #cursor: DynamicStructBuilder | undefined;

  constructor(
    file: MessageFile,
    holder: DynamicStructBuilder,
    field: Field,
    { rows, chunkRows }: { readonly rows: number; readonly chunkRows: number },
  ) {
    this.#holder = holder;
    this.#field = field;
    const count = Math.ceil(rows / chunkRows);
    this.#lists = holder.initList(field.name, count) as unknown as ListOfLists;
    this.#chunkRows = chunkRows;
    this.#rowsLeft = rows;
    this.#mark = new Mark(file);
  }

  next(): DynamicStructBuilder {
    let list = this.#list;
    if (list === undefined || this.#length === this.#lengthBefore) list = this.#begin();
    this.#mark.set();
    this.#cursor = list.get(this.#length++, this.#cursor);
    return this.#cursor;
  }

  #begin(): RowList {
    this.#lengthBefore = Math.min(this.#rowsLeft, this.#chunkRows);
    this.#rowsLeft -= this.#lengthBefore;
    this.#length = 0;
    this.#list = this.#lists.init(this.#chunks++, this.#lengthBefore);
    return this.#list;
  }

  drop(): void {
    if (this.#cursor !== undefined) zero(this.#cursor);
    this.#mark.goBack();
    this.#length--;
  }

  finish(): void {
    if (this.#chunks > 0) this.#lists.shorten(this.#chunks - 1, this.#length);
    // A part for which no row is left is none.
    const chunks = this.#length === 0 ? Math.max(0, this.#chunks - 1) : this.#chunks;
    this.#field.shortenList(this.#holder, chunks);
  }
}
