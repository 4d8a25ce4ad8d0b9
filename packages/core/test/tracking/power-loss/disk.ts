// A disk as a power loss may leave it. What was synced is there; of everything else any part may
// be, in any order, in pieces of one sector.

import type { StorageCall } from "./storage-log.js";

/** What a disk writes as a whole or not at all. */
const sectorBytes = 512;

/** Decides about one change that was not synced: whether the disk has it. */
export interface Chance {
  /** A sector of a write. */
  sector(): boolean;
  /** How many of `count` changes of a kind that a file system keeps in order: lengths, names. */
  prefix(count: number): number;
}

interface Pending {
  readonly call: StorageCall;
}

class DiskFile {
  synced: Buffer;
  pending: Pending[] = [];

  constructor(synced: Buffer) {
    this.synced = synced;
  }

  after(chance: Chance): Buffer {
    // Lengths change in order; sectors come whenever they come.
    const lengths = lengthsOf(this.synced.length, this.pending);
    const reached = chance.prefix(lengths.length - 1);
    const length = lengths[reached] as number;
    let bytes: Buffer = Buffer.from(this.synced);
    let step = 0;
    let now = this.synced.length;
    for (const { call } of this.pending) {
      const end = endAfter(now, call);
      if (end !== now) step++;
      now = end;
      if (call.kind === "truncate") {
        if (step <= reached) bytes = resized(bytes, Math.min(bytes.length, call.offset));
        continue;
      }
      for (let done = 0; done < call.bytes.length; ) {
        const from = call.offset + done;
        const count = Math.min(sectorBytes - (from % sectorBytes), call.bytes.length - done);
        if (chance.sector()) {
          bytes = resized(bytes, Math.max(bytes.length, from + count));
          call.bytes.copy(bytes, from, done, done + count);
        }
        done += count;
      }
    }
    return resized(bytes, length);
  }

  sync(): void {
    this.synced = this.after(everything);
    this.pending = [];
  }
}

const everything: Chance = { sector: () => true, prefix: (count) => count };

function endAfter(length: number, call: StorageCall): number {
  if (call.kind === "truncate") return call.offset;
  return Math.max(length, call.offset + call.bytes.length);
}

function lengthsOf(first: number, pending: readonly Pending[]): number[] {
  const lengths = [first];
  for (const { call } of pending) {
    const next = endAfter(lengths.at(-1) as number, call);
    if (next !== lengths.at(-1)) lengths.push(next);
  }
  return lengths;
}

function resized(bytes: Buffer, length: number): Buffer {
  if (bytes.length >= length) return bytes.subarray(0, length);
  return Buffer.concat([bytes, Buffer.alloc(length - bytes.length)]);
}

/** The files of a folder by name, as found after the system is up again. */
export type Contents = ReadonlyMap<string, Buffer>;

export class Disk {
  readonly #syncedNames: Map<string, DiskFile>;
  readonly #names: Map<string, DiskFile>;
  readonly #nameChanges: { readonly name: string; readonly file: DiskFile | undefined }[] = [];

  constructor(contents: Contents) {
    const entries = [...contents].map(([name, bytes]) => [name, new DiskFile(bytes)] as const);
    this.#syncedNames = new Map(entries);
    this.#names = new Map(entries);
  }

  apply(call: StorageCall): void {
    const { kind, name } = call;
    if (kind === "sync" && name === ".") {
      for (const { name: changed, file } of this.#nameChanges.splice(0)) {
        setName(this.#syncedNames, changed, file);
      }
    } else if (kind === "create") {
      this.#change(name, new DiskFile(Buffer.alloc(0)));
    } else if (kind === "unlink") {
      this.#change(name, undefined);
    } else if (kind === "sync") {
      // A file that was unlinked while it was open has no name any more.
      this.#names.get(name)?.sync();
    } else {
      this.#names.get(name)?.pending.push({ call });
    }
  }

  /** How many sectors and other changes are not synced. */
  get uncertain(): number {
    let count = this.#nameChanges.length;
    for (const { pending } of new Set(this.#names.values())) {
      for (const { call } of pending) count += 1 + Math.ceil(call.bytes.length / sectorBytes);
    }
    return count;
  }

  /** The files after a power loss at this moment. */
  lose(chance: Chance): Contents {
    const names = new Map(this.#syncedNames);
    const kept = chance.prefix(this.#nameChanges.length);
    for (const { name, file } of this.#nameChanges.slice(0, kept)) setName(names, name, file);
    return new Map([...names].map(([name, file]) => [name, file.after(chance)]));
  }

  #change(name: string, file: DiskFile | undefined): void {
    setName(this.#names, name, file);
    this.#nameChanges.push({ name, file });
  }
}

function setName(names: Map<string, DiskFile>, name: string, file: DiskFile | undefined): void {
  if (file === undefined) names.delete(name);
  else names.set(name, file);
}
