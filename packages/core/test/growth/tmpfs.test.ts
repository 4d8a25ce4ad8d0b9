// The contract of growing files on tmpfs.

import { requires } from "@tidemark/testing/requirements.js";
import { growingFileContractAt } from "../contract/growing-file-contract.js";

growingFileContractAt({
  name: "tmpfs",
  keepsMark: true,
  mount: { fileSystem: "tmpfs", byteLength: 256 * 2 ** 20 },
  skip: requires("mount:tmpfs"),
});
