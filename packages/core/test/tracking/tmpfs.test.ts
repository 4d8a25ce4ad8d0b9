// The contract of tracked files on tmpfs.

import { requires } from "@tidemark/testing/requirements.js";
import { trackedFileContractAt } from "../contract/tracked-file-contract.js";

trackedFileContractAt({
  name: "tmpfs",
  mount: { fileSystem: "tmpfs", byteLength: 256 * 2 ** 20 },
  skip: requires("mount:tmpfs"),
});
