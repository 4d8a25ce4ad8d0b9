// The contract of tracked files on btrfs.

import { requires } from "@tidemark/testing/requirements.js";
import { trackedFileContractAt } from "../contract/tracked-file-contract.js";

trackedFileContractAt({
  name: "btrfs",
  mount: { fileSystem: "btrfs", byteLength: 512 * 2 ** 20 },
  skip: requires("mount:btrfs"),
});
