// Loaded by node's test runner into each file of tests: what the file tells of its tests is written
// at once. A forced exit would lose what waits for room in the pipe, and the runner counts what
// came through: tests, and failures, would be missing without a word.

if (process.env["NODE_TEST_CONTEXT"] !== undefined) {
  // A pipe takes what it has room for, and the rest waits in the event loop.
  /** @type {any} */ (process.stdout)._handle?.setBlocking?.(true);
}
