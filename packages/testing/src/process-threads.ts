// What the threads of a process are doing, as far as the system tells: for tests of what hangs.

import fs from "node:fs";

/**
 * A line for each thread: its name, its state, the system call it is in, where the kernel has it.
 * Empty where the system does not tell.
 */
export function threadsOf(pid: number): string {
  const folder = `/proc/${pid}/task`;
  const lines = names(folder).map((id) => {
    const about = (name: string): string => text(`${folder}/${id}/${name}`);
    const state = /^State:\s*(.*)$/m.exec(about("status"))?.[1] ?? "?";
    const call = about("syscall").split(" ").slice(0, 3).join(" ");
    return `thread ${id} ${about("comm")}: ${state}; system call ${call}; in ${about("wchan")}`;
  });
  return lines.join("\n");
}

function names(folder: string): string[] {
  try {
    return fs.readdirSync(folder);
  } catch {
    return [];
  }
}

/** A thread may end while it is asked about, and some facts are for root alone. */
function text(file: string): string {
  try {
    return fs.readFileSync(file, "utf8").trimEnd();
  } catch {
    return "?";
  }
}
