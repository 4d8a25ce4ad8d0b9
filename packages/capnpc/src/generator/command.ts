// The command `capnpc-tidemark`: a CodeGeneratorRequest on standard input, files in the folder.

import fs from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { type GeneratorOptions, generate } from "./generate.js";

const usage = `Usage: capnp compile -o tidemark:DIR FILE.capnp…
       capnpc-tidemark [--output DIR] [--runtime MODULE] < REQUEST

Writes a TypeScript file for each file of a CodeGeneratorRequest: FILE.capnp becomes FILE.capnp.ts.

  --output DIR       where they go, instead of the current folder
  --runtime MODULE   what they import, instead of "@tidemark/capnp";
                     under capnp compile, the variable CAPNPC_TIDEMARK_RUNTIME says it
  --help             shows this
`;

/** Runs the command; gives its exit code. Errors are told in one line on standard error. */
export async function runGenerator(args: readonly string[]): Promise<number> {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        output: { type: "string", default: "." },
        runtime: { type: "string" },
        help: { type: "boolean", default: false },
      },
    });
    if (values.help || process.stdin.isTTY) {
      process.stdout.write(usage);
      return values.help ? 0 : 1;
    }
    const runtime = values.runtime ?? process.env["CAPNPC_TIDEMARK_RUNTIME"];
    writeAll(values.output, await readAll(), runtime === undefined ? {} : { runtime });
    return 0;
  } catch (error) {
    process.stderr.write(`capnpc-tidemark: ${oneLine(error)}\n`);
    return 1;
  }
}

async function readAll(): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  for await (const chunk of process.stdin) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function writeAll(folder: string, request: Uint8Array, options: GeneratorOptions): void {
  for (const { path: name, text } of generate(request, options)) {
    const file = path.join(folder, name);
    fs.mkdirSync(path.dirname(file), { recursive: true });
    fs.writeFileSync(file, text);
  }
}

function oneLine(error: unknown): string {
  const text = error instanceof Error ? error.message : String(error);
  return text.replace(/\s+/g, " ");
}
