#!/usr/bin/env node
// Apart from what is built, so that npm finds it when it installs a fresh clone.
import "../dist/command/main.js";
