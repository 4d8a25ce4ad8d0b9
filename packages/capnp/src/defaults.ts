// The default of a pointer field: a small message that is read in the place of a null pointer.

import { Message } from "./message.js";
import type { Segment } from "./segment.js";

/** What a null pointer of a field stands for: the first segment's root pointer leads to it. */
export class PointerDefault {
  readonly segment: Segment;

  /** @param words a message of one segment, without a segment table, in base64 */
  constructor(words: string) {
    const bytes = Uint8Array.from(atob(words), (character) => character.charCodeAt(0));
    this.segment = Message.reading([bytes], {
      traversalLimitWords: Number.POSITIVE_INFINITY,
      nestingLimit: Number.POSITIVE_INFINITY,
    }).segment(0);
  }
}
