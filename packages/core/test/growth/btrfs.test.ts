// The contract of growing files on btrfs.

import { requires } from "@tidemark/testing/requirements.js";
import { growingFileContractAt } from "../contract/growing-file-contract.js";

growingFileContractAt({
  name: "btrfs",
  keepsMark: true,
  mount: { fileSystem: "btrfs", byteLength: 256 * 2 ** 20 },
  skip: requires("mount:btrfs"),
});
