// What all commands have in common.

import assert from "node:assert/strict";
import { test } from "node:test";
import { pageSize } from "@tidemark/core";
import type { Command } from "commander";
import { createProgram } from "#tidemark/command/program.js";
import { tidemark } from "../running.js";

test("help is there for the command and for each of its commands", () => {
  const { status, stdout } = tidemark("--help");
  assert.equal(status, 0);
  const commands = [...stdout.matchAll(/^ {2}(\w+)(?= )/gm)].map(([, name]) => name ?? "");
  for (const name of ["bench", "copy", "find", "id", "info", "limits", "peek", "poke", "trim"]) {
    assert.ok(commands.includes(name), name);
    const help = tidemark(name, "--help");
    assert.equal(help.status, 0);
    assert.match(help.stdout, /Usage: tidemark/);
  }
});

test("a wrong command line ends with 2 and says what is wrong", () => {
  for (const [args, says] of [
    [["pek"], /unknown command 'pek'[\s\S]*Did you mean peek/],
    [["peek"], /missing required argument 'file'/],
    [["peek", "file", "0", "--bytes"], /unknown option '--bytes'/],
    [["find", "a", "b", "c"], /too many arguments/],
  ] as const) {
    const { status, stdout, stderr } = tidemark(...args);
    assert.deepEqual([status, stdout], [2, ""], args.join(" "));
    assert.match(stderr, says);
  }
});

test("limits tells what this machine allows", () => {
  const limits = JSON.parse(tidemark("limits", "--json").stdout);
  assert.equal(limits.pageSize, pageSize);
  assert.equal(limits.node, process.version);
  assert.ok(limits.largestReservation >= 2 ** 30);
  assert.match(tidemark("limits").stdout, new RegExp(`^page +${pageSize} bytes`, "m"));
});

test("the version is that of the package", () => {
  assert.match(tidemark("--version").stdout, /^\d+\.\d+\.\d+\n$/);
});

test("every command has examples, and JSON but where it prints another form", async () => {
  const leaves = (command: Command): Command[] =>
    command.commands.length === 0 ? [command] : command.commands.flatMap(leaves);
  const all = leaves(await createProgram());
  assert.ok(all.length >= 16);
  for (const command of all) {
    let help = "";
    command.configureOutput({ writeOut: (text) => (help += text) }).outputHelp();
    assert.match(help, /\nExamples?:\n {2}(source <\()?tidemark /, command.name());
    assert.notEqual(command.description(), "", command.name());
    const hasJson = command.options.some(({ long }) => long === "--json");
    // Bytes, and a script.
    assert.equal(hasJson, !["copy", "completion"].includes(command.name()), command.name());
  }
});
