// The contract of tracked files where the system keeps temporary files.

import { trackedFileContractAt } from "../contract/tracked-file-contract.js";

trackedFileContractAt({ name: "the folder for temporary files" });
