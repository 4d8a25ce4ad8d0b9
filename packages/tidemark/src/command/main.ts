#!/usr/bin/env node
// The `tidemark` command.

import { endWithFailure } from "./failure.js";
import { createProgram } from "./program.js";

try {
  await createProgram().parseAsync();
} catch (error) {
  endWithFailure(error);
}
