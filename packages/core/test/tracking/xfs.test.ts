// The contract of tracked files on xfs.

import { requires } from "@tidemark/testing/requirements.js";
import { trackedFileContractAt } from "../contract/tracked-file-contract.js";

trackedFileContractAt({
  name: "xfs",
  mount: { fileSystem: "xfs", byteLength: 512 * 2 ** 20 },
  skip: requires("mount:xfs"),
});
