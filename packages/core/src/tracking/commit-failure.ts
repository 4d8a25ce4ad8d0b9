// Turns how a commit or a recovery failed into the error that tells the caller what to do.

import { constants } from "node:os";
import type { NativeOutcome } from "../binding.js";
import { FileChangedError, FileInUseError, JournalError, type TidemarkError } from "../errors.js";
import { fileFailure, mapFailure } from "../mapping/system-failure.js";

const { EBADMSG, ENOMEM, EPROTONOSUPPORT, ESTALE, ETIMEDOUT, EXDEV } = constants.errno;

/** The journal of `data.bin` is `data.bin.tidemark-journal`, in the same directory. */
export const journalSuffix = ".tidemark-journal";

/** What was attempted. */
export interface CommitAttempt {
  readonly doing: "commit to" | "recover" | "roll back";
  readonly path: string;
}

/** The error for a failed attempt. After a commit, the changes are still in memory. */
export function commitFailure(
  { code, call = "commit", subject }: NativeOutcome,
  { doing, path }: CommitAttempt,
): TidemarkError {
  const journal = path + journalSuffix;
  switch (-code) {
    case ESTALE:
      return new FileChangedError(
        `cannot commit to the file ${path}: since it was opened or last committed, others have ` +
          "changed, replaced or deleted it. The changes are still in memory: take what is needed " +
          "from there (dirtyRanges() tells where), and call rollback() to see the file as it is",
        path,
      );
    case ETIMEDOUT:
      return new FileInUseError(
        `cannot ${doing} the file ${path}: another commit of it has been going on for some ` +
          "seconds: try again",
        { system: { syscall: call, errno: code } },
      );
    case EBADMSG:
      return new JournalError(
        `${journal} should be the journal of an unfinished commit, and is something else: ` +
          "move it away",
        journal,
      );
    case EPROTONOSUPPORT:
      return new JournalError(
        `${journal} was written by a newer version of this library: open the file with that`,
        journal,
      );
    case EXDEV:
      return new JournalError(
        `${journal} is of another file, which had the name ${path} before, or of which this is ` +
          "a copy: if the file as it is now is the one to go on with, delete the journal",
        journal,
      );
    case ENOMEM:
      return mapFailure(code, { syscall: call, what: `${doing} the file ${path}`, path });
    default: {
      const where = subject === "journal" ? ` by way of ${journal}` : "";
      const what = `${doing} the file ${path}${where}`;
      return fileFailure(code, { syscall: call, what, path });
    }
  }
}
