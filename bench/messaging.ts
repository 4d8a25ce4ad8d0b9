// Two processes that send each other messages: what the drivers of channels and sockets share.

import { type ChildProcess, fork } from "node:child_process";
import { once } from "node:events";
import { Mapping, type MappingHandle } from "@tidemark/core";
import { Channel } from "@tidemark/core/sync";

export const messageByteLength = 64;
const ringByteLength = 2 ** 20;

/** The two channels of two processes, as this one of them uses them. */
export interface Line {
  readonly out: Channel;
  readonly in: Channel;
}

/** Memory for two channels. */
export function newLine(): Mapping {
  return Mapping.anonymous(2 * ringByteLength, { sharing: "shared" });
}

/** Opens both channels: `side` 0 sends through the first one, 1 through the second. */
export function openLine(mapping: Mapping, side: 0 | 1, spinMicros: number | undefined): Line {
  const [first, second] = [0, ringByteLength].map((byteOffset) => {
    return new Channel(mapping, byteOffset, {
      byteLength: ringByteLength,
      ...(spinMicros === undefined ? {} : { spinMicros }),
    });
  }) as [Channel, Channel];
  return side === 0 ? { out: first, in: second } : { out: second, in: first };
}

export function attachLine(handle: MappingHandle, spinMicros: number | undefined): Line {
  return openLine(Mapping.attach(handle), 1, spinMicros);
}

/** Starts this driver again as the other process; gives it once it is there. */
export async function startOther(parameters: object): Promise<ChildProcess> {
  const program = process.argv[1] as string;
  const child = fork(program, [JSON.stringify({ ...parameters, other: true })], {
    serialization: "advanced",
  });
  await once(child, "message");
  return child;
}

/** The number that a message carries: its first four bytes. */
export function numberOf(bytes: Uint8Array): number {
  // A DataView for each message would cost more than the message.
  const low = (bytes[0] as number) + (bytes[1] as number) * 2 ** 8;
  return low + (bytes[2] as number) * 2 ** 16 + (bytes[3] as number) * 2 ** 24;
}

export function numbered(number: number): Uint8Array {
  const bytes = new Uint8Array(messageByteLength);
  new DataView(bytes.buffer).setUint32(0, number, true);
  return bytes;
}

/** Refuses messages that are not the ones that were sent, in order. */
export function expectNumber(got: number, expected: number): void {
  if (got !== expected) throw new Error(`message ${expected} was ${got}`);
}
