// The contract of growing files on a file system that keeps no extended attributes, and cannot
// allocate ahead either: ramfs.

import { requires } from "@tidemark/testing/requirements.js";
import { growingFileContractAt } from "../contract/growing-file-contract.js";

growingFileContractAt({
  name: "a file system without extended attributes",
  keepsMark: false,
  mount: { fileSystem: "ramfs", byteLength: 256 * 2 ** 20 },
  skip: requires("mount:tmpfs"),
});
