// Asks the compiler about the programs of the documentation, all in one run.

import path from "node:path";
import { repositoryRoot } from "@tidemark/testing/locations.js";
import ts from "typescript";

/** What the compiler says of these files, under the options of the house and these. */
export function mistakesOf(files: readonly string[], more: ts.CompilerOptions = {}): string {
  const configuration = path.join(repositoryRoot, "tsconfig.base.json");
  const { config } = ts.readConfigFile(configuration, ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(config, ts.sys, repositoryRoot);
  const program = ts.createProgram({
    rootNames: files,
    options: {
      ...options,
      composite: false,
      declaration: false,
      declarationMap: false,
      isolatedDeclarations: false,
      noEmit: true,
      ...more,
    },
    host: { ...ts.createCompilerHost(options), getCurrentDirectory: () => repositoryRoot },
  });
  return ts
    .getPreEmitDiagnostics(program)
    .map(({ file, start, messageText }) => {
      const line = file?.getLineAndCharacterOfPosition(start ?? 0).line ?? 0;
      const name = file?.fileName.split(path.sep).slice(-2).join("/");
      return `${name}:${line + 1}: ${ts.flattenDiagnosticMessageText(messageText, "\n")}`;
    })
    .join("\n");
}
