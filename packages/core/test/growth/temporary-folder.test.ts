// The contract of growing files where the system keeps temporary files.

import { growingFileContractAt } from "../contract/growing-file-contract.js";

growingFileContractAt({ name: "the folder for temporary files", keepsMark: true });
