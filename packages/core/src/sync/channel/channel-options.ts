// What callers choose about a channel.

import { isUint8Array } from "node:util/types";
import { type Bytes, checkBytes, checkOptions, shown } from "../../arguments.js";
import { ArgumentRangeError, ArgumentTypeError } from "../../errors.js";
import { checkMapping } from "../place.js";
import type { ChannelMemory } from "./channel-memory.js";
import { leastUnits, mostUnits, ringByteOffset, unitByteLength } from "./layout.js";
import type { Visit } from "./messages.js";
import { defaultSpinMicros } from "./patience.js";

/** Options of a `Channel`. */
export interface ChannelOptions {
  /**
   * Bytes of the mapping that the channel takes, from its byteOffset on; all of its users must say
   * the same. Default: to the end of the mapping.
   */
  readonly byteLength?: Bytes;
  /**
   * How long the synchronous calls look again and again before they sleep, in microseconds: answers
   * that come meanwhile come much sooner. Default 20, or 0 on a single processor.
   */
  readonly spinMicros?: number;
}

/** Options of the calls that visit several messages. */
export interface DrainOptions {
  /** How many messages at the most, up to 65,536. Default 256. */
  readonly limit?: number;
}

/** The fewest bytes that a channel can have. */
export const leastByteLength: number = ringByteOffset + leastUnits * unitByteLength;
const mostByteLength = ringByteOffset + mostUnits * unitByteLength;
const mostMessagesAtOnce = 65_536;

/** Where a channel is in its mapping, checked. */
export interface ChannelPlace {
  readonly byteOffset: number;
  readonly byteLength: number;
  readonly spinMicros: number;
}

export function checkPlace(
  mapping: unknown,
  byteOffset: unknown,
  options: ChannelOptions | undefined,
): ChannelPlace {
  const size = checkMapping(mapping).spec.byteLength;
  const asked = checkOptions("options", options, ["byteLength", "spinMicros"]);
  const start = checkBytes("byteOffset", byteOffset, { most: size, multipleOf: unitByteLength });
  const most = Math.min(size - start, mostByteLength);
  const { byteLength = most } = asked;
  const length = checkBytes("options.byteLength", byteLength, {
    least: leastByteLength,
    most,
    hint: `the mapping has ${size - start} bytes from there on`,
  });
  return { byteOffset: start, byteLength: length, spinMicros: checkSpin(asked.spinMicros) };
}

function checkSpin(value: unknown): number {
  if (value === undefined) return defaultSpinMicros;
  if (typeof value !== "number") {
    throw new ArgumentTypeError(`options.spinMicros must be a number, got ${shown(value)}`);
  }
  if (value >= 0) return value;
  throw new ArgumentRangeError(`options.spinMicros must be 0 or more, got ${shown(value)}`);
}

/** How many messages a call may visit. */
export function checkLimit(value: unknown): number {
  if (value === undefined) return 256;
  if (typeof value !== "number") {
    throw new ArgumentTypeError(`options.limit must be a number, got ${shown(value)}`);
  }
  if (Number.isInteger(value) && value >= 1 && value <= mostMessagesAtOnce) return value;
  throw new ArgumentRangeError(
    `options.limit must be a whole number from 1 to ${mostMessagesAtOnce}, got ${shown(value)}`,
  );
}

/** Refuses what is not a message that could be sent, and everything once the mapping is closed. */
export function checkMessage(
  memory: ChannelMemory,
  message: unknown,
): asserts message is Uint8Array {
  memory.check();
  if (!(message instanceof Uint8Array || isUint8Array(message))) {
    throw new ArgumentTypeError(`message must be a Uint8Array, got ${shown(message)}`);
  }
  if (message.byteLength > memory.maxMessageByteLength) throw tooLong(memory, message.byteLength);
}

export function checkMessages(memory: ChannelMemory, messages: unknown): void {
  if (!Array.isArray(messages)) {
    throw new ArgumentTypeError(`messages must be an array, got ${shown(messages)}`);
  }
  memory.check();
  for (let index = 0; index < messages.length; index++) checkMessage(memory, messages[index]);
}

export function checkMessageLength(memory: ChannelMemory, byteLength: unknown): number {
  memory.check();
  const length = checkBytes("byteLength", byteLength);
  if (length > memory.maxMessageByteLength) throw tooLong(memory, length);
  return length;
}

function tooLong(memory: ChannelMemory, byteLength: number): ArgumentRangeError {
  return new ArgumentRangeError(
    `a message in this channel can have at most ${memory.maxMessageByteLength} bytes, got ` +
      `${byteLength}: give the channel more than twice that, or send it in pieces`,
  );
}

export function checkVisit(visit: unknown): asserts visit is Visit {
  if (typeof visit === "function") return;
  throw new ArgumentTypeError(`visit must be a function, got ${shown(visit)}`);
}
