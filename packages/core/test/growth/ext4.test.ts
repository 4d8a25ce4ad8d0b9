// The contract of growing files on ext4.

import { requires } from "@tidemark/testing/requirements.js";
import { growingFileContractAt } from "../contract/growing-file-contract.js";

growingFileContractAt({
  name: "ext4",
  keepsMark: true,
  mount: { fileSystem: "ext4", byteLength: 256 * 2 ** 20 },
  skip: requires("mount:ext4"),
});
