// The contract of growing files where a page has four blocks.

import { requires } from "@tidemark/testing/requirements.js";
import { growingFileContractAt } from "../contract/growing-file-contract.js";

growingFileContractAt({
  name: "ext4 with blocks of 1 KiB",
  keepsMark: true,
  mount: { fileSystem: "ext4", byteLength: 256 * 2 ** 20, format: ["-b", "1024"] },
  skip: requires("mount:ext4"),
});
