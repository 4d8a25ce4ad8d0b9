// The machine a run was made on, and the file systems of the folders it used.

import fs from "node:fs";
import os from "node:os";
import { grid, type Style } from "./report.js";

export interface Machine {
  readonly processor: string;
  readonly cores: number;
  readonly memoryGib: number;
  readonly kernel: string;
  readonly node: string;
  readonly v8: string;
  /** Other work at the beginning: the average number of busy threads in the last minute. */
  readonly load: number;
  /** The system's settings for huge pages: of programs' own memory, and of files in memory. */
  readonly hugePages: string;
  readonly hugePagesInMemory: string;
}

export function machineFacts(): Machine {
  const setting = (name: string): string => {
    const text = readIfThere(`/sys/kernel/mm/transparent_hugepage/${name}`);
    return /\[(\w+)\]/.exec(text)?.[1] ?? "none";
  };
  return {
    processor: os.cpus()[0]?.model ?? "unknown",
    cores: os.availableParallelism(),
    memoryGib: Math.round((os.totalmem() / 2 ** 30) * 10) / 10,
    kernel: `${os.type()} ${/^\d+\.\d+/.exec(os.release())?.[0] ?? ""}`,
    node: process.version,
    v8: process.versions.v8,
    load: Math.round((os.loadavg()[0] ?? 0) * 100) / 100,
    hugePages: setting("enabled"),
    hugePagesInMemory: setting("shmem_enabled"),
  };
}

/** The facts as a reader wants them: name and value. */
export function machineRows(machine: Machine): (readonly [string, string])[] {
  const { processor, cores, memoryGib, kernel, node, v8, load } = machine;
  return [
    ["processor", `${processor}, ${cores} cores`],
    ["memory", `${memoryGib} GiB`],
    ["system", kernel],
    ["Node.js", `${node}, V8 ${v8}`],
    ["huge pages", `${machine.hugePages}; files in memory: ${machine.hugePagesInMemory}`],
    ["load at the beginning", String(load)],
  ];
}

export function showMachine(machine: Machine, style: Style): string {
  const rows = machineRows(machine);
  return style === "markdown"
    ? grid([["machine", ""], ...rows], style)
    : rows.map(([name, fact]) => `${name}: ${fact}`).join("\n");
}

/** The kind of file system that a folder is on, such as "ext4". */
export function fileSystemOf(folder: string): string {
  const real = fs.realpathSync(folder);
  let [longest, found] = ["", "unknown"];
  for (const line of readIfThere("/proc/self/mountinfo").split("\n")) {
    // Fields as in proc_pid_mountinfo(5); the type follows a lone hyphen.
    const mountPoint = line.split(" ")[4] ?? "";
    const type = / - (\S+)/.exec(line)?.[1];
    const inside = real === mountPoint || real.startsWith(mountPoint.replace(/\/?$/, "/"));
    if (type === undefined || !inside || mountPoint.length < longest.length) continue;
    [longest, found] = [mountPoint, type];
  }
  return found;
}

function readIfThere(file: string): string {
  try {
    return fs.readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
