// Memory of a closed mapping, used all the same.

import assert from "node:assert/strict";
import { test } from "node:test";
import { temporaryPath } from "@tidemark/testing/temporary.js";
import { assertIncludes, endsWell, faultAs } from "./ending.js";

const file = (): { args: [string] } => ({ args: [temporaryPath()] });

test("views of a closed ArrayBuffer are empty: there is nothing to read or write", async () => {
  const result = await endsWell(
    `fs.writeFileSync(process.argv[2], Buffer.alloc(3 * pageSize, 7));
    const mapping = Mapping.openFile(process.argv[2], { access: "read-write" });
    const buffer = mapping.buffer;
    const bytes = new Uint8Array(buffer);
    const words = new Uint32Array(buffer, pageSize);
    const view = new DataView(buffer);
    const node = Buffer.from(buffer);
    const before = bytes[5];
    mapping.close();
    bytes[5] = 9;
    words[0] = 9;
    report({
      before,
      fill: trouble(() => bytes.fill(1)).name,
      after: [bytes[5], words[0], node[0]].map((value) => value === undefined),
      lengths: [buffer.byteLength, bytes.length, words.length, node.length],
      view: trouble(() => view.getUint8(0)).name,
      atomics: trouble(() => Atomics.add(words, 0, 1)).name,
      set: trouble(() => bytes.set([1])).name,
      buffer: trouble(() => mapping.buffer).code,
      flush: trouble(() => mapping.flushSync()).code,
      check: trouble(() => mapping.check()),
      file: fs.readFileSync(process.argv[2]).every((byte) => byte === 7),
    });`,
    file(),
  );
  assert.deepEqual(result, {
    before: 7,
    fill: "TypeError",
    after: [true, true, true],
    lengths: [0, 0, 0, 0],
    view: "TypeError",
    atomics: "TypeError",
    set: "TypeError",
    buffer: "ERR_TIDEMARK_CLOSED",
    flush: "ERR_TIDEMARK_CLOSED",
    check: null,
    file: true,
  });
});

const sharedScene = `
    import { native } from "#core/binding.js";
    const bytes = new Uint8Array(mapping.buffer);
    const words = new Int32Array(mapping.buffer);
    bytes[5] = 7;
    mapping.close();
    const read = [bytes[5], bytes[2 * pageSize + 1], Atomics.load(words, 3)];
    bytes[pageSize] = 9;
    bytes.fill(9, 0, pageSize);
    report({
      read,
      length: bytes.length,
      recorded: trouble(() => mapping.check()),
      kinds: [...new Set(mapping.faults.map(({ kind }) => kind))],
      placeholder: native.externalSharedBuffers,
      again: trouble(() => mapping.close()),
      file: fs.existsSync(process.argv[2]) && [...fs.readFileSync(process.argv[2]).subarray(0, 8)],
    });`;

const sharedMappings = {
  "shared mapping of a file": `
    fs.writeFileSync(process.argv[2], Buffer.alloc(3 * pageSize));
    const mapping = Mapping.openFile(process.argv[2], { access: "read-write", shared: true });`,
  "growing file": `
    const mapping = GrowingFile.create(process.argv[2], { maxByteLength: 2 ** 28, shared: true });`,
  "shared anonymous mapping": `
    const mapping = Mapping.anonymous(3 * pageSize, { sharing: "shared" });`,
};

for (const [name, opening] of Object.entries(sharedMappings)) {
  test(`the SharedArrayBuffer of a closed ${name} reads zeros, and tells`, async () => {
    const result = await endsWell(opening + sharedScene, file());
    assert.deepEqual(result.read, [0, 0, 0]);
    assert.ok(result.length > 0);
    // Where Node has no shared buffers over foreign memory, the range is ordinary memory again.
    assert.deepEqual(result.kinds, result.placeholder ? ["closed"] : []);
    if (result.placeholder) assertIncludes(result.recorded, faultAs("closed", "read"));
    else assert.equal(result.recorded, null);
    assert.equal(result.again, null);
    if (result.file) assert.deepEqual(result.file, [0, 0, 0, 0, 0, 7, 0, 0]);
  });
}

test("memory that was moved to another ArrayBuffer is a placeholder after close", async () => {
  const result = await endsWell(
    `
      fs.writeFileSync(process.argv[2], Buffer.alloc(3 * pageSize, 7));
      const mapping = Mapping.openFile(process.argv[2], { access: "read-write" });
      const { buffer } = mapping;
      // Node does not move memory that is not its own: it refuses, or copies. The language does.
      let copy = new Uint8Array(pageSize).fill(7);
      trouble(() => {
        copy = new Uint8Array(structuredClone(buffer, { transfer: [buffer] }));
      });
      const moved = new Uint8Array(buffer.transfer?.() ?? copy);
      const before = moved[9];
      mapping.close();
      const read = moved[9];
      moved[pageSize] = 1;
      report({
        moves: moved !== copy && buffer.transfer !== undefined,
        before,
        read,
        copied: copy[9],
        fault: trouble(() => mapping.check()),
      });`,
    file(),
  );
  assert.deepEqual([result.before, result.copied], [7, 7]);
  if (!result.moves) return;
  assert.equal(result.read, 0);
  assertIncludes(result.fault, faultAs("closed", "read", { byteOffset: 9 }));
});

const poolWork = `
  import crypto from "node:crypto";
  import zlib from "node:zlib";
  import { promisify } from "node:util";
  const length = 32 << 20;
  // Each is given its own mapping, which is closed while threads of the pool are at work on it.
  // One chunk for all of the output: Node ends the process by an assertion of its own when it goes
  // on with an input that was emptied meanwhile, whatever emptied it.
  const chunkSize = length * 2;
  const params = { [zlib.constants.BROTLI_PARAM_QUALITY]: 1 };
  const work = {
    deflate: (bytes) => promisify(zlib.deflate)(bytes, { level: 1, chunkSize }),
    gzip: (bytes) => promisify(zlib.gzip)(bytes, { level: 1, chunkSize }),
    brotli: (bytes) => promisify(zlib.brotliCompress)(bytes, { params, chunkSize }),
    randomFill: (bytes) => promisify(crypto.randomFill)(bytes),
    pbkdf2: (bytes) =>
      promisify(crypto.pbkdf2)(
        bytes.subarray(0, 4096),
        bytes.subarray(4096, 8192),
        20000,
        64,
        "sha512",
      ),
    scrypt: (bytes) =>
      promisify(crypto.scrypt)(bytes.subarray(0, 4096), bytes.subarray(4096, 8192), 64),
    digest: (bytes) => crypto.subtle.digest("SHA-512", bytes),
    write: (bytes) =>
      fs.promises.open(process.argv[2] + ".copy", "w").then(async (handle) => {
        const writing = promisify(fs.write)(handle.fd, bytes, 0, bytes.length, 0);
        return writing.finally(() => handle.close());
      }),
    read: (bytes) => promisify(fs.read)(source, bytes, 0, bytes.length, 0),
  };
  const source = fs.openSync("/dev/urandom");
  const open = (shared) =>
    Mapping.openFile(process.argv[2], { access: "read-write", byteLength: length, shared });
  fs.writeFileSync(process.argv[2], Buffer.alloc(length, 65));
  const ended = {};
  for (const shared of [false, true]) {
    for (const [name, start] of Object.entries(work)) {
      const mapping = open(shared);
      const promise = scene.troubleOf(start(mapping.bytes()));
      await new Promise((resolve) => setImmediate(resolve));
      trouble(() => mapping.close());
      ended[name + " " + shared] = (await promise)?.code ?? "done";
    }
  }
  report(ended);`;

test("work of the thread pool goes on or fails when the memory is closed under it", async () => {
  const result = await endsWell(poolWork, file());
  const names = "deflate gzip brotli randomFill pbkdf2 scrypt digest write read".split(" ");
  assert.deepEqual(
    Object.keys(result),
    ["false", "true"].flatMap((shared) => names.map((name) => `${name} ${shared}`)),
  );
  for (const [name, ending] of Object.entries(result)) {
    // The kernel says EFAULT where a thread of the process would have had a fault.
    const allowed = /^(read|write) /.test(name)
      ? ["done", "EFAULT"]
      : ["done", "ERR_INVALID_ARG_TYPE"];
    assert.ok(allowed.includes(ending as string), `${name}: ${ending}`);
  }
});

test("memory is given back when a mapping is garbage without having been closed", async () => {
  const result = await endsWell(
    `
      fs.writeFileSync(process.argv[2], Buffer.alloc(3 * pageSize, 7));
      import { native } from "#core/binding.js";
      const use = (mapping) => {
        const bytes = mapping.bytes(0, 3 * pageSize);
        bytes[1] = 2;
        return bytes[0];
      };
      const makers = [
        () => Mapping.openFile(process.argv[2], { access: "read-write" }),
        () => GrowingFile.open(process.argv[2], { maxByteLength: 2 ** 30 }),
        () => Mapping.anonymous(3 * pageSize),
        ...(native.externalSharedBuffers
          ? [() => Mapping.openFile(process.argv[2], { access: "read-write", shared: true })]
          : []),
      ];
      const fill = () => {
        for (let count = 0; count < 30; count++) for (const make of makers) use(make());
      };
      fill();
      await scene.collectGarbage();
      const before = scene.descriptorCount();
      fill();
      const during = scene.descriptorCount();
      for (let round = 0; round < 50 && scene.descriptorCount() > before; round++)
        await scene.collectGarbage();
      report({ before, during, after: scene.descriptorCount() });`,
    { ...file(), execArgv: ["--expose-gc"] },
  );
  assert.ok(result.during > result.before + 20, JSON.stringify(result));
  assert.ok(result.after <= result.before, JSON.stringify(result));
});
