// tidemark compile: TypeScript classes for schema files, without the C++ compiler.

import fs from "node:fs";
import path from "node:path";
import { type CompileResult, formatDiagnostic, generate } from "@tidemark/capnpc";
import { type CompileFilesOptions, compileFiles, watchFiles } from "@tidemark/capnpc/files";
import { Command } from "commander";
import { oneLine } from "../command/failure.js";
import { flushOutput, print, printJson } from "../command/output.js";

interface CompileCommandOptions {
  readonly output: string;
  readonly importPath?: readonly string[];
  readonly srcPrefix?: string;
  readonly runtime?: string;
  readonly watch?: true;
  readonly json?: true;
}

export function compileCommand(): Command {
  return new Command("compile")
    .description("generate TypeScript classes for Cap'n Proto schemas: a.capnp becomes a.capnp.ts")
    .argument("<file...>", "schema files")
    .option("-o, --output <dir>", "where the classes go", ".")
    .option("-I, --import-path <dir...>", "where imports that begin with a slash are looked for")
    .option("--src-prefix <dir>", "taken away from the beginning of the names of files")
    .option("--runtime <module>", "what the classes import, instead of @tidemark/capnp")
    .option("--watch", "compile again whenever a file changes")
    .option("--json", "print what was written, and the mistakes, as JSON")
    .addHelpText(
      "after",
      "\nExamples:\n  tidemark compile person.capnp\n" +
        "  tidemark compile schemas/*.capnp --src-prefix schemas -o src/generated --watch",
    )
    .action(compile);
}

function compile(files: readonly string[], options: CompileCommandOptions): void {
  const how = optionsOf(options);
  if (!options.watch) {
    if (!handle(compileFiles(files, how), options)) process.exitCode = 1;
    return;
  }
  watchFiles(
    files,
    how,
    (result) => {
      try {
        handle(result, options);
      } catch (error) {
        fs.writeSync(2, `tidemark: ${oneLine(error)}\n`);
      }
    },
    (error) => fs.writeSync(2, `tidemark: ${oneLine(error)}\n`),
  );
}

/** How to compile, as the options of a command say. */
export function optionsOf(options: {
  readonly importPath?: readonly string[];
  readonly srcPrefix?: string;
}): CompileFilesOptions {
  const { importPath, srcPrefix } = options;
  return {
    ...(importPath === undefined ? {} : { importPath }),
    ...(srcPrefix === undefined ? {} : { sourcePrefix: srcPrefix }),
  };
}

/** Says what is wrong, on standard error. */
export function showDiagnostics({ diagnostics }: CompileResult): void {
  for (const diagnostic of diagnostics) fs.writeSync(2, `${formatDiagnostic(diagnostic)}\n`);
}

/** Writes the classes; false when the schemas are wrong. */
function handle(result: CompileResult, options: CompileCommandOptions): boolean {
  const written = result.ok && result.request !== undefined ? write(result.request, options) : [];
  if (options.json) {
    printJson({ ok: result.ok, written, diagnostics: result.diagnostics });
    return result.ok;
  }
  showDiagnostics(result);
  for (const file of written) print(file);
  flushOutput();
  return result.ok;
}

function write(request: Uint8Array, { output, runtime }: CompileCommandOptions): string[] {
  return generate(request, runtime === undefined ? {} : { runtime }).map(({ path: name, text }) => {
    const file = path.join(output, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
    return file;
  });
}
