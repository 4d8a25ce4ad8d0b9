// Where a channel keeps its fields. Little-endian; all zero = an empty channel, ready to be used.
//
// The channel, in bytes from its first. Each block of 64 is a cache line of its own, so that
// senders and receivers do not take one another's lines away more often than they have news.
//
//      0        4        8        12       16
//    0 | kind   | units  | boot   space  | skipped| again  |                     |
//   64 | send turn: owner, time   | begun  | count  | known head                    |
//  128 | tail   |                                                                   |
//  192 | receive turn: owner, time| next   |return'd| released | known tail         |
//  256 | head   |                                                                   |
//  320 | messages wanted |                                                          |
//  384 | room wanted |                                                              |
//  448 | reserved                                                                   |
//  512 | ring: `units` of 8 bytes, full of records                                  |
//
// head <= next <= tail: between head and next lie messages that someone reads, or has read out of
// order; between next and tail those that nobody has taken. A position counts units from 0 to twice
// the ring's and starts again, so that an empty ring and a full one differ.
//
// A record, from a multiple of 8 bytes on; it does not reach over the end of the ring:
//
//      0        4        8        12       16
//      | state  | bytes  | owner  | check  | the message, up to a multiple of 8 …   |

/** Fields of a channel, in words of 4 bytes from its first. */
export const channelField = {
  /** Units of the ring: all users must say the same. Around it, what all primitives start with. */
  units: 1,
  /** Messages whose sender died while it wrote them. */
  skipped: 4,
  /** Messages given to a receiver that another one had already: it died, or gave them back. */
  givenAgain: 5,
  /** Whose turn it is to send: see turn.ts. */
  sendTurn: 16,
  /** 1 + the tail at which that one has begun to write, and how many messages it has begun. */
  begun: 18,
  begunCount: 19,
  /** A head of some time before: the sender whose turn it is looks again when it wants more. */
  knownHead: 20,
  /** A position, and {@link endedBit}. */
  tail: 32,
  /** Whose turn it is to receive. */
  receiveTurn: 48,
  next: 50,
  /** 1: between head and next there may be messages that nobody has. */
  returned: 51,
  /** 1: between head and next there may be messages that are done, which head can pass. */
  released: 52,
  /** A tail of some time before. */
  knownTail: 53,
  head: 64,
  /** 1 while someone waits for a message, or for room. */
  messagesWanted: 80,
  roomWanted: 96,
} as const;

/** In the tail: no more messages come. */
export const endedBit = 0x4000_0000;

/** Fields of a record, in words from its first. */
export const recordField = { state: 0, byteLength: 1, owner: 2, check: 3 } as const;

export const recordState = {
  /** Its sender writes it. */
  claimed: 1,
  /** It can be received; written before the tail came to be where it is. */
  sent: 2,
  /** The same, but it was claimed, or returned, when the tail was there already. */
  committed: 3,
  /** A receiver has it. */
  taken: 4,
  /** Received: its room is free once head has passed it. */
  done: 5,
  /** A claim that was given up, or whose sender died. */
  abandoned: 6,
  /** Room that was too little. Where others have their byte length, it has its units. */
  gap: 7,
} as const;

/** Bytes of a unit, which positions count in. */
export const unitByteLength = 8;
/** Units of a record before its message. */
export const recordHeaderUnits = 2;
/** Bytes of a channel before its ring. */
export const ringByteOffset = 512;
/** The shortest and the longest ring, in units. */
export const leastUnits = 8;
export const mostUnits: number = 2 ** 29 - 1;
