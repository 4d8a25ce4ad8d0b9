// Journals, written here from docs/formats.md: what is recovered from them, what is refused, and
// what means nothing.

import assert from "node:assert/strict";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { TrackedFile } from "@tidemark/core";
import { requires } from "@tidemark/testing/requirements.js";
import { temporaryPath } from "@tidemark/testing/temporary.js";
import { checksum } from "./power-loss/resealing.js";

interface Parts {
  readonly version?: bigint;
  readonly inode?: bigint;
  readonly oldLength?: bigint;
  readonly newLength?: bigint;
  readonly records?: readonly { readonly at: bigint; readonly bytes: Buffer | number }[];
  readonly marked?: boolean;
}

function numbers(...values: readonly bigint[]): Buffer {
  const bytes = Buffer.alloc(8 * values.length);
  for (const [index, value] of values.entries()) bytes.writeBigUInt64LE(value, 8 * index);
  return bytes;
}

/** A journal of the file, valid but for what the parts say. */
function journalOf(file: string, parts: Parts): Buffer {
  const stat = fs.statSync(file, { bigint: true });
  const salt = 0x1234_5678_9abc_def0n;
  const records = (parts.records ?? []).map(({ at, bytes }) => {
    const zeros = typeof bytes === "number";
    const head = numbers(at, zeros ? BigInt(bytes) | (1n << 63n) : BigInt(bytes.length));
    const body = zeros ? Buffer.alloc(0) : bytes;
    return Buffer.concat([head, numbers(checksum(body, checksum(head, salt))), body]);
  });
  const all = Buffer.concat(records);
  const header = Buffer.concat([
    Buffer.from("TIDEUNDO"),
    numbers(
      parts.version ?? 1n,
      parts.inode ?? stat.ino,
      stat.birthtimeNs,
      parts.oldLength ?? stat.size,
      parts.newLength ?? stat.size,
      BigInt(records.length),
      BigInt(all.length),
      salt,
    ),
  ]);
  const mark = Buffer.concat([Buffer.from("TIDEMARK"), numbers(salt, parts.newLength ?? 0n)]);
  const journal = Buffer.alloc(1024 + all.length);
  Buffer.concat([header, numbers(checksum(header, 0n))]).copy(journal);
  if (parts.marked === true) {
    Buffer.concat([mark, numbers(checksum(mark, salt))]).copy(journal, 512);
  }
  all.copy(journal, 1024);
  return journal;
}

/** A file with a journal beside it. */
function withJournal(content: string, make: (file: string) => Buffer): [string, string] {
  const file = temporaryPath();
  fs.writeFileSync(file, content);
  const journal = `${file}.tidemark-journal`;
  fs.writeFileSync(journal, make(file));
  return [file, journal];
}

function opened(file: string): string {
  TrackedFile.open(file).close();
  assert.deepEqual(fs.readdirSync(path.dirname(file)), ["file"]);
  return fs.readFileSync(file, "utf8");
}

const old = [
  { at: 0n, bytes: Buffer.from("be") },
  { at: 4n, bytes: Buffer.from("re") },
];

test("a complete journal is written back", () => {
  const [file] = withJournal("AFfoAFTER", (file) => {
    return journalOf(file, { oldLength: 6n, newLength: 9n, records: old });
  });
  assert.equal(opened(file), "before");
});

test("zeros are written back, too", () => {
  const [file] = withJournal("ABCDEF", (file) => {
    return journalOf(file, { records: [{ at: 1n, bytes: 3 }] });
  });
  assert.equal(opened(file), "A\0\0\0EF");
});

test("a journal with the mark has the file's end cut off, and nothing written back", () => {
  const [file] = withJournal("AFTER and what was behind", (file) => {
    return journalOf(file, { newLength: 5n, records: old, marked: true });
  });
  assert.equal(opened(file), "AFTER");
});

const meaningless: Readonly<Record<string, (whole: Buffer) => Buffer>> = {
  "is empty": () => Buffer.alloc(0),
  "is all zeros": (whole) => Buffer.alloc(whole.length),
  "ends in the header": (whole) => whole.subarray(0, 60),
  "ends in the first sector": (whole) => whole.subarray(0, 512),
  "ends in a record": (whole) => whole.subarray(0, whole.length - 1),
  "has no header": (whole) => Buffer.concat([Buffer.alloc(1024), whole.subarray(1024)]),
  "has a record with another byte": (whole) => changed(whole, whole.length - 1),
  "has a record with another place": (whole) => changed(whole, 1024),
  "has a record with another length": (whole) => changed(whole, 1032),
  "has a header with another byte": (whole) => changed(whole, 32),
};

function changed(whole: Buffer, at: number): Buffer {
  const bytes = Buffer.from(whole);
  bytes[at] = (bytes[at] as number) ^ 1;
  return bytes;
}

for (const [how, make] of Object.entries(meaningless)) {
  test(`a journal that ${how} was never whole: the file was not touched`, () => {
    const [file] = withJournal("AFfoAFTER", (file) => make(journalOf(file, { records: old })));
    assert.equal(opened(file), "AFfoAFTER");
  });
}

const refused: Readonly<Record<string, (file: string) => Buffer>> = {
  "of another file": (file) => journalOf(file, { inode: 1n, records: old }),
  "of a newer version": (file) => journalOf(file, { version: 2n, records: old }),
  "something else": () => Buffer.from("a letter to the reader"),
};

for (const [what, make] of Object.entries(refused)) {
  test(`a journal that is ${what} is refused, and stays`, () => {
    const [file, journal] = withJournal("AFfoAFTER", make);
    const before = fs.readFileSync(journal);
    assert.throws(() => TrackedFile.open(file), { code: "ERR_TIDEMARK_JOURNAL", path: journal });
    assert.deepEqual(fs.readFileSync(journal), before);
    assert.equal(fs.readFileSync(file, "utf8"), "AFfoAFTER");
  });
}

test("a journal that is no file is refused", () => {
  const file = temporaryPath();
  fs.writeFileSync(file, "content");
  fs.symlinkSync("/etc/passwd", `${file}.tidemark-journal`);
  assert.throws(() => TrackedFile.open(file), { code: "ERR_TIDEMARK_FILE", errnoName: "ELOOP" });
  fs.rmSync(`${file}.tidemark-journal`);
  fs.mkdirSync(`${file}.tidemark-journal`);
  assert.throws(() => TrackedFile.open(file), { code: "ERR_TIDEMARK_JOURNAL" });
});

test("a journal of someone who could not have written the file is not believed", {
  skip: requires("root", "linux"),
}, () => {
  const [file, journal] = withJournal("AFfoAFTER", (file) => journalOf(file, { records: old }));
  fs.chownSync(journal, 65534, 65534);
  assert.throws(() => TrackedFile.open(file), { code: "ERR_TIDEMARK_FILE", errnoName: "EPERM" });
  assert.equal(fs.readFileSync(file, "utf8"), "AFfoAFTER");
  fs.chmodSync(file, 0o622);
  assert.equal(opened(file), "beforeTER");
});

test("a journal that comes while the file is open is dealt with at the commit", () => {
  const file = temporaryPath();
  fs.writeFileSync(file, "AFfoAFTER");
  const first = TrackedFile.open(file, { maxByteLength: 2 ** 20 });
  first.bytes()[8] = 33;
  fs.writeFileSync(`${file}.tidemark-journal`, journalOf(file, { records: old }));
  assert.throws(() => first.commitSync(), { code: "ERR_TIDEMARK_FILE_CHANGED" });
  assert.equal(fs.readFileSync(file, "utf8"), "beforeTER");
  first.rollback();
  first.bytes()[8] = 33;
  first.close();
  assert.equal(fs.readFileSync(file, "utf8"), "beforeTE!");
});
