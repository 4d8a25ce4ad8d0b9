// The order in which the C++ compiler lists source information: that of a hash table of GNU's C++
// library, keyed by ID. It means nothing, but with it requests are the same to the last byte.

/** Bucket counts that the table grows through, each the least prime of its list above twice. */
const bucketCounts = [
  13, 29, 59, 127, 257, 541, 1109, 2357, 5087, 10273, 20753, 42043, 85229, 172933, 351061, 712697,
  1447153,
];

interface Entry {
  readonly id: bigint;
  readonly high: number;
  readonly low: number;
  next: Entry | undefined;
}

/**
 * `ids`, in the order of insertion and each once, as the table would list them: one list of all
 * entries, those of one bucket together, a new bucket's entries at the front.
 */
export function hashOrder(ids: Iterable<bigint>): bigint[] {
  const table = new HashTable();
  for (const id of ids) table.insert(id);
  return table.list();
}

class HashTable {
  // Stands before the first entry, as the library's does.
  readonly #head: Entry = { id: 0n, high: 0, low: 0, next: undefined };
  #buckets: (Entry | undefined)[] = new Array(bucketCounts[0]).fill(undefined);
  #count = 0;

  insert(id: bigint): void {
    if (this.#count === this.#buckets.length) this.#grow();
    const high = Number(id >> 32n);
    const low = Number(id & 0xffff_ffffn);
    this.#link({ id, high, low, next: undefined });
    this.#count++;
  }

  #bucketOf({ high, low }: Entry): number {
    const count = this.#buckets.length;
    return (high * (2 ** 32 % count) + low) % count;
  }

  // A bucket knows the entry before its first one.
  #link(entry: Entry): void {
    const bucket = this.#bucketOf(entry);
    const before = this.#buckets[bucket];
    if (before !== undefined) {
      entry.next = before.next;
      before.next = entry;
      return;
    }
    entry.next = this.#head.next;
    this.#head.next = entry;
    if (entry.next !== undefined) this.#buckets[this.#bucketOf(entry.next)] = entry;
    this.#buckets[bucket] = this.#head;
  }

  #grow(): void {
    const wanted = 2 * this.#buckets.length;
    const count = bucketCounts.find((candidate) => candidate >= wanted) ?? wanted + 1;
    let entry = this.#head.next;
    this.#head.next = undefined;
    this.#buckets = new Array(count).fill(undefined);
    while (entry !== undefined) {
      const { next }: Entry = entry;
      this.#link(entry);
      entry = next;
    }
  }

  list(): bigint[] {
    const ids: bigint[] = [];
    for (let entry = this.#head.next; entry !== undefined; entry = entry.next) ids.push(entry.id);
    return ids;
  }
}
