// What an attempt gives that did not succeed: below 0, where counts and positions are not.

export const notNow = {
  /** Too little room for the message. */
  full: -1,
  /** No message that nobody has, or the next one is still being written. */
  empty: -1,
  /** The channel has ended. */
  ended: -2,
  /** Someone else has the turn. */
  busy: -3,
} as const;
