// A parent and its child with memory in common. Private memory is nobody else's: sent to a child
// it is a copy, and there is no fork in Node.js that could inherit it. Right is shared memory,
// which is handed over by its handle, or by its descriptor.

import { fork, spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { Mapping, type MappingHandle, UnsupportedError } from "@tidemark/core";

const self = fileURLToPath(import.meta.url);

/** Has the child write 42, and gives what it tells. */
async function byMessage(message: object): Promise<void> {
  const child = fork(self, ["message"], { serialization: "advanced" });
  const ended = once(child, "exit");
  child.send(message);
  await ended;
}

if (process.argv[2] === "message") {
  const [memory] = (await once(process, "message")) as [Uint8Array | MappingHandle];
  const bytes = memory instanceof Uint8Array ? memory : Mapping.attach(memory).bytes();
  bytes[0] = 42;
  process.disconnect();
} else if (process.argv[2] === "descriptor") {
  Mapping.openFile(3, { access: "read-write" }).bytes()[1] = 43;
} else {
  // Wrong: the child writes into a copy.
  using own = Mapping.anonymous(4096);
  await byMessage(own.bytes());
  console.log(`private memory, sent:     the parent sees ${own.bytes()[0]}`);
  let refusal = "";
  try {
    own.handle();
  } catch (error) {
    if (error instanceof UnsupportedError) refusal = error.message;
  }
  console.log(`private memory, handle(): ${refusal}`);

  // Right: the same memory in both.
  using shared = Mapping.anonymous(4096, { sharing: "shared" });
  const handle = shared.handle();
  await byMessage(handle);
  console.log(`shared memory, handle:    the parent sees ${shared.bytes()[0]}`);
  const stdio = ["inherit", "inherit", "inherit", handle.fd] as const;
  await once(spawn(process.execPath, [self, "descriptor"], { stdio: [...stdio] }), "exit");
  console.log(`shared memory, stdio:     the parent sees ${shared.bytes()[1]}`);

  const seen = [own.bytes()[0], shared.bytes()[0], shared.bytes()[1]].join();
  if (seen !== "0,42,43" || refusal === "") throw new Error(`something else was seen: ${seen}`);
}
