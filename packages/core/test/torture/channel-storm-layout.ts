// What the processes of a storm over a channel share besides it: who has sent, and received, what.

import { Mapping } from "@tidemark/core";
import { Channel } from "@tidemark/core/sync";

/** Messages that one life of a sender sends at most; then it takes another number. */
export const messagesPerLife = 8192;
export const mostLives = 8192;

const channelByteLength = 16_384;
const controlByteLength = 4096;
const livesByteLength = mostLives * 8;
export const stormByteLength: number =
  channelByteLength + controlByteLength + livesByteLength + mostLives * messagesPerLife;

/** Words of the control block. */
export const control = { lives: 0, stop: 1, received: 2, torn: 3, ready: 4 } as const;

export interface Storm {
  readonly channel: Channel;
  readonly control: Int32Array;
  /** Two words of each life: how many it has begun to send, and how many it knows were sent. */
  readonly begun: Int32Array;
  /** How often each message was received: a byte for each of each life. */
  readonly received: Uint8Array;
}

export function openStorm(path: string): Storm {
  const mapping = Mapping.openFile(path, { access: "read-write" });
  const { buffer } = mapping;
  const begun = channelByteLength + controlByteLength;
  return {
    channel: new Channel(mapping, 0, { byteLength: channelByteLength }),
    control: new Int32Array(buffer, channelByteLength, controlByteLength / 4),
    begun: new Int32Array(buffer, begun, mostLives * 2),
    received: new Uint8Array(buffer, begun + livesByteLength),
  };
}

/** Bytes of a message: mostly short, sometimes more than is copied in one turn. */
export function lengthOf(index: number): number {
  return index % 97 === 0 ? 3900 : 8 + ((index * 13) % 120);
}

export function fillMessage(bytes: Uint8Array, life: number, index: number): void {
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  view.setUint32(0, life, true);
  view.setUint32(4, index, true);
  for (let at = 8; at < bytes.length; at++) bytes[at] = (life * 7 + index * 3 + at) & 255;
}

/** Which message it is; undefined when it is torn. */
export function readMessage(bytes: Uint8Array): { life: number; index: number } | undefined {
  if (bytes.length < 8) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset);
  const life = view.getUint32(0, true);
  const index = view.getUint32(4, true);
  if (life >= mostLives || index >= messagesPerLife) return undefined;
  if (bytes.length !== lengthOf(index)) return undefined;
  for (let at = 8; at < bytes.length; at++) {
    if (bytes[at] !== ((life * 7 + index * 3 + at) & 255)) return undefined;
  }
  return { life, index };
}
