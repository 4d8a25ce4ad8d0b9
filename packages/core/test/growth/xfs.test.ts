// The contract of growing files on xfs.

import { growingFileContractAt } from "../contract/growing-file-contract.js";
import { requires } from "../support/requirements.js";

growingFileContractAt({
  name: "xfs",
  keepsMark: true,
  mount: { fileSystem: "xfs", byteLength: 400 * 2 ** 20 },
  skip: requires("mount:xfs"),
});
