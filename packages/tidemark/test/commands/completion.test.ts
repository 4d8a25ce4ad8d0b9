// tidemark completion: the scripts, run by the shells they are for.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { requires } from "@tidemark/testing/requirements.js";
import { temporaryFolder } from "@tidemark/testing/temporary.js";
import { createProgram } from "#tidemark/command/program.js";
import { grammarOf } from "#tidemark/completion/grammar.js";
import { tidemark } from "../running.js";

const folder = temporaryFolder();
for (const name of ["data.bin", "with blank.bin", "star*.bin", "people.capnp"]) {
  fs.writeFileSync(path.join(folder, name), "");
}
fs.mkdirSync(path.join(folder, "below"));

/** What a shell prints that is given a script on its command line. */
function run(shell: string, script: string, ...args: string[]): string[] {
  const flags = shell === "zsh" ? ["-f"] : ["--norc"];
  const { status, stdout, stderr } = spawnSync(shell, [...flags, "-c", script, shell, ...args], {
    encoding: "utf8",
    cwd: folder,
  });
  assert.deepEqual([status, stderr], [0, ""], stdout);
  return stdout.split("\n").filter((line) => line !== "");
}

/** The words of a line, the last one as far as it was typed; and some of what it may become. */
const lines: readonly (readonly [words: string[], expected: string[]])[] = [
  [["c"], ["cat", "compile", "completion", "copy"]],
  [
    ["id", ""],
    ["init", "next"],
  ],
  [["id", "next", "--co"], ["--count"]],
  [
    ["cat", "--format", ""],
    ["ndjson", "csv", "tsv"],
  ],
  [["cat", "--format", "c"], ["csv"]],
  [["cat", "--schema", "peo"], ["people.capnp"]],
  [["cat", "da"], ["data.bin"]],
  [["verify", "with"], ["with blank.bin"]],
  [["info", "st"], ["star*.bin"]],
  [
    ["completion", ""],
    ["bash", "zsh"],
  ],
  [["compile", "-o", ""], ["below"]],
  [["peek", "--l"], ["--length"]],
  [["cat", "--columns", ""], []],
];

test("bash completes commands, options, choices and files", { skip: requires("bash") }, () => {
  const script = tidemark("completion", "bash").stdout;
  for (const [words, expected] of lines) {
    const completed = run(
      "bash",
      `${script}\nCOMP_WORDS=(tidemark "$@"); COMP_CWORD=$#; _tidemark
       for reply in "\${COMPREPLY[@]}"; do printf '%s\\n' "$reply"; done`,
      ...words,
    );
    for (const each of expected) assert.ok(completed.includes(each), `${words}: ${completed}`);
    if (words.at(-1) !== "" || expected.length === 0) {
      assert.equal(completed.length, expected.length, `${words}: ${completed}`);
    }
  }
  const joined = run(
    "bash",
    `${script}\nCOMP_WORDS=(tidemark cat --format = t); COMP_CWORD=4; _tidemark
     echo "\${COMPREPLY[@]}"`,
  );
  assert.deepEqual(joined, ["tsv"]);
});

test("zsh completes the same", { skip: requires("zsh") }, () => {
  const script = tidemark("completion", "zsh").stdout;
  // What the completion system would offer, its functions written down.
  const stubs = `compdef() { : }
    compset() { cur=\${cur#*=} }
    compadd() { shift; print -rl -- "$@" }
    _files() { print -r -- files "$@" }
    _describe() { local name=\${@[-1]}; print -rl -- "\${(@)\${(P@)name}%%:*}" }`;
  const complete = (...words: string[]): string[] =>
    run(
      "zsh",
      `${stubs}\n${script}\nwords=(tidemark "$@"); CURRENT=$(($# + 1)); _tidemark`,
      ...words,
    );
  assert.ok(complete("").includes("verify"));
  assert.deepEqual(complete("id", ""), ["init", "next"]);
  assert.deepEqual(complete("cat", "--format", ""), ["ndjson", "csv", "tsv"]);
  assert.deepEqual(complete("cat", "--format="), ["ndjson", "csv", "tsv"]);
  assert.deepEqual(complete("cat", ""), ["files"]);
  assert.deepEqual(complete("compile", "-o", ""), ["files -/"]);
  assert.ok(complete("peek", "-").includes("--length"));
  assert.deepEqual(complete("completion", ""), ["bash", "zsh"]);
});

test("the grammar has every command, and files where files are meant", async () => {
  const grammar = grammarOf(await createProgram());
  const paths = grammar.map(({ path }) => path);
  for (const each of ["", "/cat", "/id/next", "/schema/diff", "/verify"]) {
    assert.ok(paths.includes(each), each);
  }
  for (const { path: at, argument, commands } of grammar) {
    const takesNone = ["", "/limits", "/bench"].includes(at) || commands.length > 0;
    if (takesNone) continue;
    assert.ok(["files", "words"].includes(argument.kind), at);
  }
});

test("a shell that is none is a mistake", () => {
  const { status, stderr } = tidemark("completion", "fish");
  assert.equal(status, 2);
  assert.match(stderr, /Allowed choices are bash, zsh/);
});
