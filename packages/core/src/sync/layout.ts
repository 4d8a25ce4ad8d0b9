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

/** What `kind` says: the bytes "TM", a letter, and the version of the layout. */
export const kinds = {
  mutex: 0x016d_4d54,
} as const;

export type Kind = (typeof kinds)[keyof typeof kinds];

/** A kind, for messages. */
export const kindNames: Readonly<Record<Kind, string>> = {
  [kinds.mutex]: "mutex",
};
