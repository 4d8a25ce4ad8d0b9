// The contract of growing files on xfs.

import { requires } from "@tidemark/testing/requirements.js";
import { growingFileContractAt } from "../contract/growing-file-contract.js";

growingFileContractAt({
  name: "xfs",
  keepsMark: true,
  mount: { fileSystem: "xfs", byteLength: 400 * 2 ** 20 },
  skip: requires("mount:xfs"),
});
