// The contract of growing files on btrfs.

import { growingFileContractAt } from "../contract/growing-file-contract.js";
import { requires } from "../support/requirements.js";

growingFileContractAt({
  name: "btrfs",
  keepsMark: true,
  mount: { fileSystem: "btrfs", byteLength: 256 * 2 ** 20 },
  skip: requires("mount:btrfs"),
});
