// Tracked files of one kind of detection, in one folder, for the tests of the contract.

import fs from "node:fs";
import path from "node:path";
import { TrackedFile, type TrackedFileOptions, type TrackingDetection } from "@tidemark/core";

export class TrackedSubject {
  readonly detection: TrackingDetection;
  readonly #directory: () => string;
  readonly shared: boolean;
  readonly #open: TrackedFile[] = [];
  #count = 0;

  constructor(detection: TrackingDetection, directory: () => string, shared: boolean) {
    this.detection = detection;
    this.#directory = directory;
    this.shared = shared;
  }

  /** A path that is not there yet, or holds `content`. */
  path(content?: Uint8Array | string): string {
    const file = path.join(this.#directory(), `tracked-${this.#count++}`);
    if (content !== undefined) fs.writeFileSync(file, content);
    return file;
  }

  open(file: string, options: TrackedFileOptions = {}): TrackedFile {
    const how = { detection: this.detection, shared: this.shared, maxByteLength: 2 ** 24 };
    const opened = TrackedFile.open(file, { ...how, ...options });
    this.#open.push(opened);
    return opened;
  }

  /** What else is in the folder than the files that tests made. */
  strangers(): string[] {
    return fs.readdirSync(this.#directory()).filter((name) => {
      return !/^tracked-\d+$/.test(name) && name !== "lost+found";
    });
  }

  /** Closes and removes what a test left. */
  removeFiles(): void {
    for (const file of this.#open.splice(0)) file.close({ commit: false });
    for (const name of fs.readdirSync(this.#directory())) {
      if (/^tracked-/.test(name)) fs.rmSync(path.join(this.#directory(), name));
    }
  }
}
