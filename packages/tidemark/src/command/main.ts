#!/usr/bin/env node
// The `tidemark` command.

import { runProgram } from "./program.js";

await runProgram(process.argv.slice(2));
