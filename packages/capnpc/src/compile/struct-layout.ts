// Where the fields of a struct go, as the encoding specification says: in the order of their
// ordinals, each at the first place that fits; members of a union share their space.
//
// Sizes are powers of two of bits ("lg": Bool 0, Int8 3, … Int64 6); offsets count in units of
// the size they go with.

const lgWord = 6;

/** The free places of a part of the data section: at most one of each size below a word. */
class Holes {
  // By lg of the size: the offset, or 0 for none (nothing is free at offset 0).
  readonly #offsets: number[] = [0, 0, 0, 0, 0, 0];

  /** The size of the smallest hole that `lg` fits into. */
  smallestFor(lg: number): number | undefined {
    for (let size = lg; size < lgWord; size++) {
      if (this.#offsets[size] !== 0) return size;
    }
    return undefined;
  }

  /** Takes a place from the smallest hole; what is left of it becomes smaller holes. */
  take(lg: number): number | undefined {
    const size = this.smallestFor(lg);
    if (size === undefined) return undefined;
    let offset = this.#offsets[size] ?? 0;
    this.#offsets[size] = 0;
    for (let smaller = size - 1; smaller >= lg; smaller--) {
      offset *= 2;
      this.#offsets[smaller] = offset + 1;
    }
    return offset;
  }

  /** What was filled from below up to `offset` of size `lg` leaves holes up to size `limit`. */
  addAfter(lg: number, offset: number, limit: number): void {
    let next = offset;
    for (let size = lg; size < limit; size++) {
      this.#offsets[size] = next;
      next = (next + 1) >> 1;
    }
  }

  /** Doubles a place `doublings` times, if holes follow it. */
  tryExpand(lg: number, offset: number, doublings: number): boolean {
    if (doublings === 0) return true;
    if (lg >= lgWord || this.#offsets[lg] !== offset + 1) return false;
    if (!this.tryExpand(lg + 1, offset >> 1, doublings - 1)) return false;
    this.#offsets[lg] = 0;
    return true;
  }
}

/** What fields are put into: a struct, or one member of a union. */
export interface FieldSpace {
  addVoid(): void;
  /** The offset, in units of the size. */
  addData(lg: number): number;
  /** The index in the pointer section. */
  addPointer(): number;
  /** Makes what is at `offset` 2^`doublings` times as large, in its place, where that is free. */
  tryExpand(lg: number, offset: number, doublings: number): boolean;
}

/** A whole struct. */
export class StructSpace implements FieldSpace {
  dataWordCount = 0;
  pointerCount = 0;
  readonly #holes = new Holes();

  addVoid(): void {}

  addData(lg: number): number {
    const found = this.#holes.take(lg);
    if (found !== undefined) return found;
    const offset = this.dataWordCount++ << (lgWord - lg);
    this.#holes.addAfter(lg, offset + 1, lgWord);
    return offset;
  }

  addPointer(): number {
    return this.pointerCount++;
  }

  tryExpand(lg: number, offset: number, doublings: number): boolean {
    return this.#holes.tryExpand(lg, offset, doublings);
  }
}

/** A piece of data that the members of a union share. */
interface SharedData {
  lg: number;
  offset: number;
}

/** A union: space of `outer` that its members share. */
export class UnionSpace {
  readonly outer: FieldSpace;
  readonly data: SharedData[] = [];
  readonly pointers: number[] = [];
  discriminantOffset: number | undefined;
  #memberCount = 0;

  constructor(outer: FieldSpace) {
    this.outer = outer;
  }

  /** Places the tag; false if it has its place already. */
  addDiscriminant(): boolean {
    if (this.discriminantOffset !== undefined) return false;
    this.discriminantOffset = this.outer.addData(4);
    return true;
  }

  /** Called at the first field of each member: from the second member on a tag is needed. */
  startMember(): void {
    this.#memberCount++;
    if (this.#memberCount === 2) this.addDiscriminant();
  }

  /** Makes a shared piece at least 2^`lg` bits large. */
  tryGrow(shared: SharedData, lg: number): boolean {
    if (lg <= shared.lg) return true;
    const doublings = lg - shared.lg;
    if (!this.outer.tryExpand(shared.lg, shared.offset, doublings)) return false;
    shared.offset >>= doublings;
    shared.lg = lg;
    return true;
  }
}

/** How much of one shared piece a member uses: its first 2^`used` bits, less the holes. */
class Usage {
  readonly #holes = new Holes();
  #used: number | undefined;

  constructor(used?: number) {
    this.#used = used;
  }

  /** The size of the hole that `lg` would take within `shared`, or undefined. */
  holeFor(shared: SharedData, lg: number): number | undefined {
    const used = this.#used;
    if (used === undefined) return lg <= shared.lg ? shared.lg : undefined;
    // As large as all that is used: goes beside it, where there is room for twice the size.
    if (lg >= used) return lg < shared.lg ? lg : undefined;
    return this.#holes.smallestFor(lg) ?? (used < shared.lg ? used : undefined);
  }

  /** The offset for `lg`, after holeFor has found that there is room. */
  take(shared: SharedData, lg: number): number {
    return (shared.offset << (shared.lg - lg)) + this.#takeWithin(lg);
  }

  #takeWithin(lg: number): number {
    const used = this.#used;
    if (used === undefined) {
      this.#used = lg;
      return 0;
    }
    if (lg >= used) {
      this.#holes.addAfter(used, 1, lg);
      this.#used = lg + 1;
      return 1;
    }
    const hole = this.#holes.take(lg);
    if (hole !== undefined) return hole;
    // Twice the space: the new half begins with this one.
    const offset = 1 << (used - lg);
    this.#holes.addAfter(lg, offset + 1, used);
    this.#used = used + 1;
    return offset;
  }

  /** The offset for `lg` after making `shared` larger, where that can be done. */
  takeByGrowing(union: UnionSpace, shared: SharedData, lg: number): number | undefined {
    const used = this.#used;
    if (used === undefined) {
      if (!union.tryGrow(shared, lg)) return undefined;
      this.#used = lg;
      return shared.offset << (shared.lg - lg);
    }
    const wanted = Math.max(used, lg) + 1;
    if (!this.#tryUse(union, shared, wanted)) return undefined;
    this.#holes.addAfter(used, 1, wanted);
    const within = this.#holes.take(lg);
    if (within === undefined) throw new Error("no hole in space that has just been added");
    return (shared.offset << (shared.lg - lg)) + within;
  }

  /** Expands what is at `offset` within `shared`. */
  tryExpand(
    union: UnionSpace,
    shared: SharedData,
    place: { readonly lg: number; readonly offset: number; readonly doublings: number },
  ): boolean {
    const { lg, offset, doublings } = place;
    // All that is used grows as a whole, and leaves no holes.
    if (offset === 0 && this.#used === lg) return this.#tryUse(union, shared, lg + doublings);
    return this.#holes.tryExpand(lg, offset, doublings);
  }

  #tryUse(union: UnionSpace, shared: SharedData, lg: number): boolean {
    if (lg > shared.lg && !union.tryGrow(shared, lg)) return false;
    this.#used = lg;
    return true;
  }
}

/** One member of a union: a field, or a group of them. */
export class MemberSpace implements FieldSpace {
  readonly #union: UnionSpace;
  readonly #usages: Usage[] = [];
  #pointersUsed = 0;
  #hasFields = false;

  constructor(union: UnionSpace) {
    this.#union = union;
  }

  addVoid(): void {
    this.#startField();
    // A union around this one learns that its member has a field, even one without a size.
    this.#union.outer.addVoid();
  }

  addData(lg: number): number {
    this.#startField();
    const { data } = this.#union;
    while (this.#usages.length < data.length) this.#usages.push(new Usage());
    return this.#takeSmallestHole(lg) ?? this.#takeByGrowing(lg) ?? this.#addShared(lg);
  }

  addPointer(): number {
    this.#startField();
    const { pointers, outer } = this.#union;
    const index = this.#pointersUsed++;
    let pointer = pointers[index];
    if (pointer === undefined) {
      pointer = outer.addPointer();
      pointers.push(pointer);
    }
    return pointer;
  }

  tryExpand(lg: number, offset: number, doublings: number): boolean {
    const aligned = (offset & ((1 << doublings) - 1)) === 0;
    if (lg + doublings > lgWord || !aligned) return false;
    for (const [i, usage] of this.#usages.entries()) {
      const shared = this.#union.data[i];
      if (shared === undefined || shared.lg < lg) continue;
      if (offset >> (shared.lg - lg) !== shared.offset) continue;
      const within = offset - (shared.offset << (shared.lg - lg));
      return usage.tryExpand(this.#union, shared, { lg, offset: within, doublings });
    }
    return false;
  }

  #startField(): void {
    if (this.#hasFields) return;
    this.#hasFields = true;
    this.#union.startMember();
  }

  #takeSmallestHole(lg: number): number | undefined {
    let best:
      | { readonly usage: Usage; readonly shared: SharedData; readonly size: number }
      | undefined;
    for (const [i, usage] of this.#usages.entries()) {
      const shared = this.#union.data[i] as SharedData;
      const size = usage.holeFor(shared, lg);
      if (size !== undefined && (best === undefined || size < best.size)) {
        best = { usage, shared, size };
      }
    }
    return best?.usage.take(best.shared, lg);
  }

  #takeByGrowing(lg: number): number | undefined {
    for (const [i, usage] of this.#usages.entries()) {
      const shared = this.#union.data[i] as SharedData;
      const offset = usage.takeByGrowing(this.#union, shared, lg);
      if (offset !== undefined) return offset;
    }
    return undefined;
  }

  #addShared(lg: number): number {
    const offset = this.#union.outer.addData(lg);
    this.#union.data.push({ lg, offset });
    this.#usages.push(new Usage(lg));
    return offset;
  }
}
