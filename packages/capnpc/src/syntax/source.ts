// One schema file's bytes, and where in them a line begins.

/** A half-open range of byte offsets in a file. */
export interface Span {
  readonly start: number;
  readonly end: number;
}

/** A place for people: line and column count from 1, the column in characters. */
export interface Position {
  readonly line: number;
  readonly column: number;
}

const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
const strictDecoder = new TextDecoder("utf-8", { ignoreBOM: true, fatal: true });
// One character per byte, so that offsets in `text` are byte offsets. What it makes of bytes above
// 0x7f does not matter: those occur in comments and literals only, which are decoded from `bytes`.
const byteDecoder = new TextDecoder("latin1");

export class SourceFile {
  /** As messages and display names show it. */
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly text: string;
  #lineStarts: number[] | undefined;

  constructor(name: string, bytes: Uint8Array) {
    this.name = name;
    this.bytes = bytes;
    this.text = byteDecoder.decode(bytes);
  }

  /** The first byte that is not UTF-8, or undefined. */
  findInvalidByte(): number | undefined {
    try {
      strictDecoder.decode(this.bytes);
      return undefined;
    } catch {
      return firstInvalidByte(this.bytes);
    }
  }

  decode(start: number, end: number): string {
    return decoder.decode(this.bytes.subarray(start, end));
  }

  position(offset: number): Position {
    const starts = this.#starts();
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: this.decode(starts[low] ?? 0, offset).length + 1 };
  }

  /** The text of a line, counted from 1, without its line end. */
  line(line: number): string {
    const starts = this.#starts();
    const start = starts[line - 1] ?? this.bytes.length;
    const end = starts[line] ?? this.bytes.length + 1;
    return this.decode(start, Math.max(start, end - 1)).replace(/\r$/, "");
  }

  #starts(): number[] {
    if (this.#lineStarts === undefined) {
      this.#lineStarts = [0];
      for (let at = this.bytes.indexOf(10); at >= 0; at = this.bytes.indexOf(10, at + 1)) {
        this.#lineStarts.push(at + 1);
      }
    }
    return this.#lineStarts;
  }
}

// The decoder does not say where it failed. Halving finds it: a prefix that ends inside a
// character is told from a wrong byte by decoding it as a stream.
function firstInvalidByte(bytes: Uint8Array): number {
  let low = 0;
  let high = bytes.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isValidPrefix(bytes.subarray(0, middle + 1))) low = middle + 1;
    else high = middle;
  }
  return Math.min(low, bytes.length - 1);
}

function isValidPrefix(bytes: Uint8Array): boolean {
  try {
    new TextDecoder("utf-8", { ignoreBOM: true, fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}
