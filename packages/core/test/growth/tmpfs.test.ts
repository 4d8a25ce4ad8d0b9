// The contract of growing files on tmpfs.

import { growingFileContractAt } from "../contract/growing-file-contract.js";
import { requires } from "../support/requirements.js";

growingFileContractAt({
  name: "tmpfs",
  keepsMark: true,
  mount: { fileSystem: "tmpfs", byteLength: 256 * 2 ** 20 },
  skip: requires("mount:tmpfs"),
});
