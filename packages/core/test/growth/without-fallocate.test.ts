// The contract of growing files on a file system that cannot allocate ahead: without extents, which
// is what ext3 is. Files are extended by ftruncate there, under a lock.

import { requires } from "@tidemark/testing/requirements.js";
import { growingFileContractAt } from "../contract/growing-file-contract.js";

growingFileContractAt({
  name: "a file system without fallocate",
  keepsMark: true,
  mount: {
    fileSystem: "ext4",
    byteLength: 256 * 2 ** 20,
    format: ["-O", "^extent,^64bit,^flex_bg"],
  },
  skip: requires("mount:ext4"),
});
