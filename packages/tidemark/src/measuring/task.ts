// One way to do some work, in pieces, and how long they take.

import { setImmediate as nextTurn } from "node:timers/promises";

/** One way to do the work of a group. */
export interface Way {
  readonly name: string;
  /** Set for what mapped memory is compared with. */
  readonly peer?: boolean;
  /** Makes it ready, which is not measured. A text says why it cannot be done here. */
  readonly start: () => Task | string;
}

export interface Task {
  readonly pieces: number;
  readonly piece: (index: number) => void;
  /** What belongs to the work, after the last piece. */
  readonly end?: () => void;
  /** Fails unless `done` pieces did what they should; nothing of this is measured. */
  readonly check: (done: number) => void;
  /** Gives back what it holds, whatever happened. */
  readonly release: () => void;
}

/** Other work of the program gets its turn after so long. */
const turnMs = 50;

/** Does a task, or as much of it as fits in the time; gives the milliseconds of one piece. */
export async function timePieces(task: Task, limitMs: number): Promise<number> {
  let [done, spentMs] = [0, 0];
  try {
    for (let last = false; !last; ) {
      const start = performance.now();
      let now = start;
      while (done < task.pieces && now - start < turnMs) {
        task.piece(done++);
        now = performance.now();
      }
      last = done === task.pieces || spentMs + now - start >= limitMs;
      if (last) task.end?.();
      spentMs += performance.now() - start;
      await nextTurn();
    }
    task.check(done);
    return spentMs / done;
  } finally {
    task.release();
  }
}
