// Objects that nothing points to, on their way from one place of a message to another.

import { copyList, copyStruct } from "./copy.js";
import { detach, erase } from "./erase.js";
import { CapnpError } from "./errors.js";
import { follow, type Target, target } from "./follow.js";
import type { Message } from "./message.js";
import type { PointerType } from "./pointer-type.js";
import { made, storeWord } from "./publish.js";
import { locateList } from "./read-list.js";
import { isNull } from "./read-struct.js";
import type { Segment } from "./segment.js";
import { pointAt } from "./transfer.js";
import { type ElementSize, pointerKind, pointerKindMask, wordByteLength } from "./wire.js";

/**
 * An object that nothing points to: built apart, so that it is whole when it is adopted, or taken
 * out of its place. It is adopted once; in another message it becomes a copy.
 */
export class Orphan<B = unknown> {
  /** The object, to be built on. Undefined for texts and data, and where the type is not known. */
  readonly value: B;
  /** Undefined once it is adopted. */
  #content: Readonly<Target> | undefined;

  private constructor(content: Target, value: B) {
    this.#content = content;
    this.value = value;
  }

  /**
   * Makes an object that nothing points to: `make` gets a null pointer that is not part of the
   * message, and lets it lead to the object.
   */
  static make<B>(message: Message, make: (segment: Segment, pointerAt: number) => B): Orphan<B> {
    const outside = message.outside;
    outside.bytes.fill(0);
    const value = make(outside, 0);
    const lower = outside.view.getInt32(0, true);
    const upper = outside.view.getUint32(4, true);
    const { segment, at } = made;
    return new Orphan({ segment, at, lower: lower & pointerKindMask, upper }, value);
  }

  /** Takes what a pointer leads to out of its place: the pointer is null from then on. */
  static disown<B>(segment: Segment, pointerAt: number, type?: PointerType<unknown, B>): Orphan<B> {
    const empty = isNull(segment, pointerAt);
    // As a side effect a struct of an older version is made as large as its type.
    const value = (empty ? undefined : type?.build(segment, pointerAt)) as B;
    const content = { ...follow(segment, pointerAt) };
    if (!empty) detach(segment, pointerAt);
    return new Orphan(content, value);
  }

  /**
   * Lets a pointer lead to the object, instead of what it led to.
   * @throws CapnpError `ERR_TIDEMARK_CAPNP_ORPHAN` when it was adopted already
   */
  adopt(segment: Segment, pointerAt: number): void {
    const content = this.#content;
    if (content === undefined) {
      throw new CapnpError("ERR_TIDEMARK_CAPNP_ORPHAN", "the orphan was adopted already");
    }
    this.#content = undefined;
    if (!isNull(segment, pointerAt)) erase(segment, pointerAt);
    const { segment: source, at, lower, upper } = content;
    if (lower === 0 && upper === 0) return;
    if (source.message === segment.message) {
      pointAt(segment, pointerAt, source, at, lower & pointerKindMask, upper);
    } else {
      copyContent(segment, pointerAt, content);
    }
  }
}

function copyContent(segment: Segment, pointerAt: number, content: Readonly<Target>): void {
  const { segment: source, at, lower, upper } = content;
  const { nestingLimit } = source.message;
  const kind = lower & pointerKindMask;
  if (kind === pointerKind.struct) {
    const dataByteLength = (upper & 0xffff) * wordByteLength;
    copyStruct(segment, pointerAt, source, at, dataByteLength, upper >>> 16, nestingLimit);
  } else if (kind === pointerKind.list) {
    locateList(source, at, Object.assign(target, content));
    copyList(segment, pointerAt, (upper & 7) as ElementSize, nestingLimit);
  } else {
    storeWord(segment, pointerAt, lower, upper);
  }
}
