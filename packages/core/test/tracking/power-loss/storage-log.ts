// What storage-recorder.c recorded of a process: its calls on the files of one folder, in order.

/** One call that changed something, or made changes durable. */
export interface StorageCall {
  readonly kind: "create" | "write" | "truncate" | "sync" | "unlink";
  /** Of the file, "." for the folder. */
  readonly name: string;
  /** Of a write; the new length, of a truncation. */
  readonly offset: number;
  /** Of a write. */
  readonly bytes: Buffer;
}

export function parseLog(log: Buffer): StorageCall[] {
  const calls: StorageCall[] = [];
  for (let at = 0; at < log.length; ) {
    const lineEnd = log.indexOf(10, at);
    const line = log.toString("utf8", at, lineEnd);
    const [kind, name = "", offset, length] = line.split(" ");
    const end = lineEnd + 1 + Number(length);
    calls.push({
      kind: kind as StorageCall["kind"],
      name,
      offset: Number(offset),
      bytes: log.subarray(lineEnd + 1, end),
    });
    at = end;
  }
  return calls;
}
