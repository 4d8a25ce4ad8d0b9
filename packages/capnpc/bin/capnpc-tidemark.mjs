#!/usr/bin/env node
// The plugin of the `capnp` compiler: `capnp compile -o tidemark:DIR FILE.capnp`.

import { runGenerator } from "../dist/generator/command.js";

process.exitCode = await runGenerator(process.argv.slice(2));
