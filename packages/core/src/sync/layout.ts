// Where the primitives keep their fields, in bytes from their first one. Little-endian; memory that
// is all zero is a new primitive.

/** Every primitive starts so. A place is a multiple of `alignment` in its file and its mapping. */
//   0        4        8               16
//   | kind   | own    | boot   space  | own …
//
// kind: what it is, once someone has opened it. boot: a hash of the boot whose processes use it.
// space: a hash of their PID and time namespaces.
export const placeLayout = { kind: 0, world: 8, fields: 16, alignment: 8 } as const;

/** An owner: token and check, as native/owners.c has them; the bits above are the lock's. */
export const ownerLayout = { token: 0, check: 4, byteLength: 8 } as const;

/** A mutex. */
//   0        4        8               16       20       24                        64
//   | kind   | 0      | boot   space  | state  | check  | 0                       |
//
// state: bits 0-29 the owner's token, 0 = nobody; bit 30: others wait; bit 31: an owner died, and
// nobody has marked it consistent. check: the owner's, written once it holds the lock.
export const mutexLayout = { state: 16, check: 20, byteLength: 64 } as const;

/** The bits of `state` above the token. */
export const stateFlags = { waiters: 0x4000_0000, died: -0x8000_0000 } as const;

/** What RwLock, Semaphore and Barrier have in common: a lock, and who holds or waits. */
//   0        4        8               16       20       24       28       32        64      256
//   | kind   | 0      | boot   space  | state  | check  | event  |sleepers| own …   | 24 slots |
//
// state, check: of a lock, as a mutex has it, held while any of the rest is changed.
// event: counts the changes that others may wait for. sleepers: 1 when some do.
// A slot is an owner: its check has, in bits 20-31, how often the thread is in it.
export const monitorLayout = {
  state: 16,
  event: 24,
  sleepers: 28,
  fields: 32,
  slots: 64,
  slotCount: 24,
  byteLength: 256,
} as const;

/** A read-write lock. Slot 0 is the writer's, the others are readers'. */
//   32       36                64
//   | died   | 0               |
//
// died: 1 when a writer died, and nobody has marked it consistent. The writer's token has bit 30
// when it holds the lock; without it, it waits for the readers to leave, and no new ones come.
export const rwLockLayout = { died: 32 } as const;

/** A semaphore. Each slot counts the permits of its thread. */
//   32       36       40       44       64
//   | limit  | extra  | died   | 0      |
//
// limit: the permits it was made with, plus 1. extra: permits released without having been
// acquired, less those consumed. Free are limit - 1 + extra - the permits of all slots.
export const semaphoreLayout = { limit: 32, extra: 36, died: 40 } as const;

/** A barrier. Each slot counts the arrivals of its thread. */
//   32       36       40       44       64
//   | parties| round  | died   | 0      |
//
// round: counts those that are over. A slot is of the current one when bit 30 of its token is the
// lowest bit of `round`, else it is free. died: 1 + the round in which one that waited died.
export const barrierLayout = { parties: 32, round: 36, died: 40 } as const;

/** A condition. */
//   0        4        8               16         20                              64
//   | kind   | 0      | boot   space  | notices  | 0                             |
export const conditionLayout = { notices: 16, byteLength: 64 } as const;

/** A sequence. */
//   0        4        8               16                24                       64
//   | kind   | 0      | boot   space  | last, 64 bits   | 0                      |
//
// last: the latest number that was given out; 0 = none.
export const sequenceLayout = { last: 16, byteLength: 64 } as const;

/** What `kind` says: the bytes "TM", a letter, and the version of the layout. */
export const kinds = {
  channel: 0x016e_4d54,
  mutex: 0x016d_4d54,
  rwLock: 0x0172_4d54,
  semaphore: 0x0173_4d54,
  condition: 0x0163_4d54,
  barrier: 0x0162_4d54,
  sequence: 0x0171_4d54,
} as const;

export type Kind = (typeof kinds)[keyof typeof kinds];

/** A kind, for messages. */
export const kindNames: Readonly<Record<Kind, string>> = {
  [kinds.channel]: "channel",
  [kinds.mutex]: "mutex",
  [kinds.rwLock]: "read-write lock",
  [kinds.semaphore]: "semaphore",
  [kinds.condition]: "condition",
  [kinds.barrier]: "barrier",
  [kinds.sequence]: "sequence",
};
