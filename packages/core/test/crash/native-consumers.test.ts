// Our memory past the end of a file, handed to native code and to system calls.

import assert from "node:assert/strict";
import { test } from "node:test";
import { temporaryPath } from "@tidemark/testing/temporary.js";
import { endsWell } from "./ending.js";

const consumers = `
  import assert from "node:assert/strict";
  import crypto from "node:crypto";
  import v8 from "node:v8";
  import vm from "node:vm";
  import zlib from "node:zlib";
  import { promisify } from "node:util";
  const source = process.argv[2] + ".source";
  fs.writeFileSync(source, Buffer.alloc(2 ** 16, 65));
  const input = fs.openSync(source);
  const sink = fs.openSync("/dev/null", "w");
  const output = fs.openSync(process.argv[2] + ".out", "w");
  // Each is given 64 KiB past the end of the file.
  const consumers = {
    readSync: (bytes) => fs.readSync(input, bytes, 0, bytes.length, 0),
    read: (bytes) => promisify(fs.read)(input, bytes, 0, bytes.length, 0),
    readv: (bytes) => fs.readvSync(input, [bytes], 0),
    writeSync: (bytes) => fs.writeSync(output, bytes, 0, bytes.length, 0),
    write: (bytes) => promisify(fs.write)(output, bytes, 0, bytes.length, 0),
    writeNull: (bytes) => fs.writeSync(sink, bytes),
    writeFile: (bytes) => fs.writeFileSync(process.argv[2] + ".all", bytes),
    deflateSync: (bytes) => zlib.deflateSync(bytes).length > 0,
    deflate: async (bytes) => (await promisify(zlib.deflate)(bytes)).length > 0,
    inflateSync: (bytes) => zlib.inflateSync(bytes),
    brotliSync: (bytes) => zlib.brotliCompressSync(bytes).length > 0,
    crc32: (bytes) => zlib.crc32?.(bytes),
    hash: (bytes) => crypto.createHash("sha256").update(bytes).digest("hex").length,
    hmac: (bytes) => crypto.createHmac("sha256", bytes).update(bytes).digest("hex").length,
    randomFillSync: (bytes) => crypto.randomFillSync(bytes).length,
    randomFill: async (bytes) => (await promisify(crypto.randomFill)(bytes)).length,
    getRandomValues: (bytes) => crypto.webcrypto.getRandomValues(bytes).length,
    digest: async (bytes) =>
      (await crypto.subtle.digest("SHA-256", Uint8Array.from(bytes))).byteLength,
    cipher: (bytes) =>
      crypto
        .createCipheriv("aes-256-ctr", bytes.subarray(0, 32), bytes.subarray(32, 48))
        .update(bytes).length,
    textDecoder: (bytes) => new TextDecoder().decode(Uint8Array.prototype.slice.call(bytes)).length,
    textDecoderDirect: (bytes) =>
      bytes.buffer instanceof ArrayBuffer ? new TextDecoder().decode(bytes).length : 65536,
    encodeInto: (bytes) =>
      bytes.buffer instanceof ArrayBuffer
        ? new TextEncoder().encodeInto("text".repeat(100), bytes).written
        : 400,
    compare: (bytes) => Buffer.compare(bytes, Buffer.alloc(10)),
    equals: (bytes) =>
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).equals(
        new Uint8Array(bytes.length),
      ),
    toString: (bytes) =>
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1").length,
    base64: (bytes) =>
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("base64").length,
    utf16: (bytes) =>
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("utf16le").length,
    indexOf: (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).indexOf("needle"),
    lastIndexOf: (bytes) =>
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).lastIndexOf(1),
    bufferWrite: (bytes) =>
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).write("text".repeat(1000), 5000),
    bufferFill: (bytes) =>
      Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).fill("abc").length,
    copy: (bytes) => Buffer.alloc(1e5, 1).copy(bytes),
    copyFrom: (bytes) => Buffer.concat([bytes, bytes]).length,
    swap: (bytes) => Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).swap32().length,
    structuredClone: (bytes) =>
      bytes.buffer.byteLength < 2 ** 24 ? structuredClone(bytes.buffer).byteLength : 0,
    serialize: (bytes) => v8.serialize(bytes.slice()).length,
    slice: (bytes) =>
      bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length).byteLength,
    sort: (bytes) => bytes.subarray(0, 5000).sort().length,
    reverse: (bytes) => bytes.reverse().length,
    includes: (bytes) => bytes.includes(200),
    join: (bytes) => bytes.subarray(0, 5000).join("").length > 0,
    copyWithin: (bytes) => bytes.copyWithin(5000, 0, 5000).length,
    float: (bytes) => new Float64Array(bytes.buffer, bytes.byteOffset, 100).fill(1.5).at(-1),
    view: (bytes) => new DataView(bytes.buffer, bytes.byteOffset).setBigUint64(4092, 1n),
    atomics: (bytes) => Atomics.add(new Int32Array(bytes.buffer, bytes.byteOffset, 100), 5, 1),
    atomicsWait: (bytes) =>
      bytes.buffer instanceof SharedArrayBuffer
        ? Atomics.wait(
            new Int32Array(bytes.buffer, bytes.byteOffset, 100),
            5,
            Atomics.load(new Int32Array(bytes.buffer, bytes.byteOffset, 100), 5),
            1,
          )
        : "timed-out",
    atomicsNotify: (bytes) =>
      Atomics.notify(new Int32Array(bytes.buffer, bytes.byteOffset, 100), 5),
    vm: (bytes) =>
      vm.runInNewContext(
        "let sum = 0; for (let i = 0; i < bytes.length; i += 512) sum += bytes[i]++; sum >= 0",
        { bytes },
      ),
    wasm: (bytes) => WebAssembly.validate(Uint8Array.from(bytes)),
    blob: async (bytes) => (await new Blob([Uint8Array.from(bytes)]).arrayBuffer()).byteLength,
  };
  const open = ${"OPENING"};
  const results = {};
  for (const [name, consume] of Object.entries(consumers)) {
    fs.writeFileSync(process.argv[2], Buffer.alloc(pageSize));
    const mapping = open();
    const bytes = mapping.bytes(2 ** 20, 2 ** 16);
    try {
      results[name] = await consume(bytes);
    } catch (error) {
      results[name] = error.code ?? error.name;
    }
    trouble(() => mapping.close());
  }
  report(results);`;

const mappings = {
  "a growing file": `() => GrowingFile.open(process.argv[2], { maxByteLength: 2 ** 22 })`,
  "a shared growing file": `
    () => GrowingFile.open(process.argv[2], { maxByteLength: 2 ** 22, shared: true })`,
  "a growing file that is mapped piece by piece": `
    () => GrowingFile.open(process.argv[2], { maxByteLength: 2 ** 22, strategy: "remap" })`,
  "a fixed mapping": `
    () => Mapping.openFile(process.argv[2], { access: "read-write", byteLength: 2 ** 22 })`,
};

// What a system call is given is looked at by the kernel, which no handler of signals can help.
const systemCalls = new Set([
  "readSync",
  "read",
  "readv",
  "writeSync",
  "write",
  "writeNull",
  "writeFile",
]);

for (const [name, opening] of Object.entries(mappings)) {
  test(`native code gets zeros and can write past the end of the file of ${name}`, async () => {
    const result = await endsWell(consumers.replace("OPENING", opening), {
      args: [temporaryPath()],
    });
    for (const [consumer, value] of Object.entries(result)) {
      if (systemCalls.has(consumer)) {
        assert.ok(
          value === "EFAULT" || Number.isInteger(value) || value === undefined,
          `${consumer}: ${value}`,
        );
      }
    }
    const some = Object.fromEntries(
      [
        "readSync",
        "writeSync",
        "inflateSync",
        "hash",
        "randomFillSync",
        "randomFill",
        "toString",
        "indexOf",
        "structuredClone",
        "vm",
        "atomics",
        "atomicsWait",
        "encodeInto",
        "float",
      ].map((key) => [key, result[key]]),
    );
    assert.deepEqual(some, {
      readSync: "EFAULT",
      writeSync: "EFAULT",
      inflateSync: "Z_DATA_ERROR",
      hash: 64,
      randomFillSync: 65536,
      randomFill: 65536,
      toString: 65536,
      indexOf: -1,
      structuredClone: 2 ** 22,
      vm: true,
      atomics: 0,
      atomicsWait: "timed-out",
      encodeInto: 400,
      float: 1.5,
    });
  });
}

test("memory that was ensured is what system calls can read and write", async () => {
  const result = await endsWell(
    `
      const file = process.argv[2];
      fs.writeFileSync(file + ".source", Buffer.alloc(2 ** 16, 65));
      const input = fs.openSync(file + ".source");
      const outcome = {};
      for (const strategy of ["extend-file", "remap", "explicit"]) {
        const growing = GrowingFile.create(file, {
          maxByteLength: 2 ** 24,
          overwrite: true,
          strategy,
        });
        growing.ensure(2 ** 20 + 2 ** 16);
        const bytes = growing.bytes(2 ** 20, 2 ** 16);
        const read = fs.readSync(input, bytes, 0, bytes.length, 0);
        const written = fs.writeSync(fs.openSync("/dev/null", "w"), bytes);
        outcome[strategy] = [read, written, bytes[2 ** 16 - 1], trouble(() => growing.close())];
      }
      report(outcome);`,
    { args: [temporaryPath()] },
  );
  const expected = [65536, 65536, 65, null];
  assert.deepEqual(result, { "extend-file": expected, remap: expected, explicit: expected });
});
