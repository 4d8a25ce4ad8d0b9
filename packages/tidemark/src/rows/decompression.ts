// gzip and Zstandard, known by their first bytes.

import { Transform, type TransformCallback } from "node:stream";
import zlib from "node:zlib";
import { Decompress } from "fzstd";

export type Compression = "gzip" | "zstd";

/** How bytes are compressed that begin so; undefined where they are not. */
export function compressionOf(head: Uint8Array): Compression | undefined {
  if (head[0] === 0x1f && head[1] === 0x8b) return "gzip";
  const isZstd = head[0] === 0x28 && head[1] === 0xb5 && head[2] === 0x2f && head[3] === 0xfd;
  return isZstd ? "zstd" : undefined;
}

// Node.js has it from 22.15 and 23.8 on.
const { createZstdDecompress } = zlib as {
  readonly createZstdDecompress?: () => Transform;
};

/** A stream that decompresses what is written to it. */
export function decompressor(compression: Compression): Transform {
  if (compression === "gzip") return zlib.createGunzip();
  return createZstdDecompress?.() ?? new ZstdDecompressor();
}

/** Zstandard in JavaScript, which looks at no checksums. */
class ZstdDecompressor extends Transform {
  readonly #decompress: Decompress;

  constructor() {
    super();
    this.#decompress = new Decompress((chunk) => {
      if (chunk.length > 0) this.push(chunk);
    });
  }

  override _transform(chunk: Buffer, _encoding: string, done: TransformCallback): void {
    this.#push(chunk, false, done);
  }

  override _flush(done: TransformCallback): void {
    this.#push(new Uint8Array(0), true, done);
  }

  #push(chunk: Uint8Array, isLast: boolean, done: TransformCallback): void {
    try {
      this.#decompress.push(chunk, isLast);
      done();
    } catch (error) {
      done(error instanceof Error ? error : new Error(String(error)));
    }
  }
}
