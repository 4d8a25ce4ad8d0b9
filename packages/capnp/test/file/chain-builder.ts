// A chain of links, built and read back: what the tests of message files put into them.

import assert from "node:assert/strict";
import type { MessageBuilder, MessageReader } from "@tidemark/capnp";
import { Chain, type ChainBuilder, Link, type LinkBuilder } from "../schemas/chain.js";

/** What a link holds. */
export function contentOf(index: number): { name: string; payload: Uint8Array; check: number } {
  const payload = new Uint8Array((index * 7919) % 300).fill(index & 0xff);
  return { name: `link ${index}`, payload, check: Math.imul(index, 2654435761) >>> 0 };
}

/** Adds links to the end of a chain, each complete before anything leads to it. */
export class LinkAppender {
  readonly #message: MessageBuilder;
  readonly #chain: ChainBuilder;
  #last: LinkBuilder | undefined;
  count = 0;

  constructor(message: MessageBuilder) {
    this.#message = message;
    this.#chain = message.getRoot(Chain);
    for (let link = this.#existing(); link !== undefined; link = link.existingNext()) {
      this.#last = link;
      this.count = link.index + 1;
    }
  }

  add(): void {
    const orphan = this.#message.newOrphan(Link);
    const link = orphan.value;
    const { name, payload, check } = contentOf(this.count);
    link.index = this.count;
    link.name = name;
    link.payload = payload;
    link.check = check;
    if (this.#last === undefined) this.#chain.adoptFirst(orphan);
    else this.#last.adoptNext(orphan);
    this.#last = link;
    this.count++;
  }

  addMany(count: number): void {
    for (let index = 0; index < count; index++) this.add();
  }

  #existing(): LinkBuilder | undefined {
    return this.#chain.hasFirst() ? this.#chain.first : undefined;
  }
}

/** How many links there are; each must be whole. */
export function countLinks(message: MessageReader): number {
  const chain = message.getRoot(Chain);
  if (!chain.hasFirst()) return 0;
  let link = chain.first;
  for (let index = 0; ; index++) {
    const { name, payload, check } = contentOf(index);
    assert.equal(link.index, index);
    assert.equal(link.check, check);
    assert.equal(link.name, name);
    assert.deepEqual(link.payload, payload);
    if (!link.hasNext()) return index + 1;
    link = link.next;
  }
}
