// A process whose calls on the files of a folder are recorded.

import { spawnSync } from "node:child_process";
import fs from "node:fs";
import path from "node:path";
import { packageRoot } from "@tidemark/testing/locations.js";
import { Peer, type PeerFunction } from "@tidemark/testing/peer.js";
import { temporaryFolder } from "@tidemark/testing/temporary.js";
import { parseLog, type StorageCall } from "./storage-log.js";

let library: string | undefined;

/** The library to preload; see storage-recorder.c. Needs a C compiler. */
export function recorderLibrary(): string {
  if (library !== undefined) return library;
  const folder = path.join(packageRoot, "test", "tracking", "power-loss");
  const made = path.join(temporaryFolder(), "storage-recorder.so");
  const [command = "cc", ...words] = (process.env["CC"] ?? "cc").split(" ");
  const source = path.join(folder, "storage-recorder.c");
  const { status, stderr } = spawnSync(command, [
    ...words,
    ..."-O1 -shared -fPIC".split(" "),
    source,
    "-o",
    made,
  ]);
  if (status !== 0) throw new Error(`the recorder could not be compiled: ${stderr}`);
  library = made;
  return made;
}

/** The environment of a process that is recorded. */
export function recordingEnvironment(folder: string, log?: string): Record<string, string> {
  return {
    LD_PRELOAD: recorderLibrary(),
    RECORDER_FOLDER: fs.realpathSync(folder),
    ...(log === undefined ? {} : { RECORDER_LOG: log }),
  };
}

/** Memory where there is such a folder, as nothing here has to last. */
export function explorationFolder(): string {
  const memory = "/dev/shm";
  if (!fs.existsSync(memory)) return temporaryFolder();
  const folder = fs.mkdtempSync(path.join(memory, "tidemark-"));
  process.on("exit", () => fs.rmSync(folder, { recursive: true, force: true }));
  return folder;
}

export class Recording implements Disposable {
  readonly #log = path.join(temporaryFolder(), "log");
  readonly #peer: Peer;

  constructor(folder: string) {
    this.#peer = new Peer({
      env: recordingEnvironment(folder, this.#log),
      timeoutMs: 600_000,
    });
  }

  /** Runs a function there, and gives what it did to files. */
  async of<A>(run: PeerFunction<A, unknown>, argument: A): Promise<StorageCall[]> {
    const before = this.#size();
    await this.#peer.call(run, argument);
    const log = fs.existsSync(this.#log) ? fs.readFileSync(this.#log) : Buffer.alloc(0);
    return parseLog(log.subarray(before));
  }

  #size(): number {
    return fs.existsSync(this.#log) ? fs.statSync(this.#log).size : 0;
  }

  [Symbol.dispose](): void {
    this.#peer[Symbol.dispose]();
  }
}
