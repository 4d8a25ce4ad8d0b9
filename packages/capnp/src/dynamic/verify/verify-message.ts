// Whether a whole message is sound.

import { CapnpTypeError, MalformedMessageError } from "../../errors.js";
import { MessageReader } from "../../message-reader.js";
import type { Segment } from "../../segment.js";
import type { WalkedSegment } from "../../walk/pointer-walk.js";
import { wordByteLength } from "../../wire.js";
import { StructSchema } from "../struct-schema.js";
import { expectedOf } from "./expected.js";
import { type VerificationCounts, type VerificationNote, VerifyWalk } from "./verify-walk.js";

/** What a message is verified against. */
export interface VerifyOptions {
  /**
   * What its root should be. Without, nothing is known of texts, of what the elements of lists
   * should be, and of enums.
   */
  readonly root?: StructSchema;
  /** Words at the end of the last segment that no pointer may lead to: they are known otherwise. */
  readonly reservedWords?: number;
}

/** What was found. */
export interface Verification extends Readonly<VerificationCounts> {
  /** The first thing that is wrong, in the order of the walk; undefined for a sound message. */
  readonly fault: MalformedMessageError | undefined;
  /** What is allowed, and still worth knowing. */
  readonly notes: readonly VerificationNote[];
  /** Words of all segments. */
  readonly words: number;
  /** Words of objects, landing pads and the root pointer, as far as the walk came. */
  readonly reachedWords: number;
  readonly reservedWords: number;
  /** Words that nothing leads to: what was replaced or removed, or padding. */
  readonly unreferencedWords: number;
}

/**
 * Follows every pointer of a message once, and looks at all that a reader could stumble on: bounds,
 * kinds, landing pads, objects that overlap, and, against a schema, sizes of elements, texts that
 * end with zero and are UTF-8. Takes memory for what is partly reached, at most a 64th of the
 * message. Limits of the reader do not count.
 *
 * ```ts
 * const message = MessageReader.fromFlat(bytes);
 * const { fault } = verifyMessage(message, { root: schemas.struct("Person") });
 * if (fault !== undefined) console.log(fault.message);
 * ```
 *
 * @throws CapnpTypeError for what is no message or no schema
 * @throws CapnpError `ERR_TIDEMARK_CAPNP_SCHEMA` for a schema that contradicts itself
 */
export function verifyMessage(message: MessageReader, options: VerifyOptions = {}): Verification {
  const { root, reservedWords = 0 } = options;
  if (!(message instanceof MessageReader)) {
    throw new CapnpTypeError(`message must be a MessageReader, got ${typeof message}`);
  }
  if (root !== undefined && !(root instanceof StructSchema)) {
    throw new CapnpTypeError(`options.root must be a StructSchema, got ${typeof root}`);
  }
  const { segments } = message;
  const last = segments.at(-1);
  const lastWords = (last?.byteLength ?? 0) / wordByteLength;
  if (!Number.isSafeInteger(reservedWords) || reservedWords < 0 || reservedWords > lastWords) {
    throw new CapnpTypeError(`options.reservedWords must be from 0 to ${lastWords}`);
  }
  const walk = new VerifyWalk(segments.map(walked));
  walk.reachedWords.at(-1)?.add(lastWords - reservedWords, reservedWords);
  const fault = faultOf(walk, root);
  const words = segments.reduce((sum, { byteLength }) => sum + byteLength / wordByteLength, 0);
  const added = walk.reachedWords.reduce((sum, { count }) => sum + count, 0);
  return {
    ...walk.counts,
    fault,
    notes: [...walk.notes.values()],
    words,
    reachedWords: added - reservedWords,
    reservedWords,
    unreferencedWords: words - added,
  };
}

function walked(segment: Segment): WalkedSegment {
  const { bytes, byteLength } = segment;
  const view = new DataView(bytes.buffer, bytes.byteOffset, byteLength);
  return { view, capacity: byteLength, filled: byteLength };
}

function faultOf(
  walk: VerifyWalk,
  root: StructSchema | undefined,
): MalformedMessageError | undefined {
  try {
    const expected = root === undefined ? undefined : ({ kind: "struct", schema: root } as const);
    walk.verify(expected && expectedOf(expected, "the root"));
    return undefined;
  } catch (error) {
    if (error instanceof MalformedMessageError) return error;
    throw error;
  }
}
