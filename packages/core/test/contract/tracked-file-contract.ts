// What every tracked file does, however it knows what was written: one suite, run for each.

import { after, afterEach, before, describe } from "node:test";
import type { TrackedFile, TrackingDetection } from "@tidemark/core";
import {
  type FileSystem,
  type Mount,
  type MountOptions,
  mountFileSystem,
} from "@tidemark/testing/mounts.js";
import { temporaryFolder } from "@tidemark/testing/temporary.js";
import { committingContract } from "./committing-contract.js";
import { refusingContract } from "./refusing-contract.js";
import { TrackedSubject } from "./tracked-subject.js";
import { trackingContract } from "./tracking-contract.js";

/** Defines the tests of one kind of detection in one folder. */
export function trackedFileContract(
  detection: TrackingDetection,
  directory: () => string,
  more: Partial<Pick<TrackedFile, "shared">> = {},
): void {
  describe(`tracked by ${detection}${more.shared === true ? ", shared" : ""}`, () => {
    const subject = new TrackedSubject(detection, directory, more.shared ?? false);
    afterEach(() => subject.removeFiles());
    trackingContract(subject);
    committingContract(subject);
    refusingContract(subject);
  });
}

/** Where to run the contract. */
export interface TrackedPlace {
  readonly name: string;
  /** What to mount; the folder for temporary files when there is none. */
  readonly mount?: { readonly fileSystem: FileSystem } & MountOptions;
  /** Why it cannot be run here, as `requires` tells. */
  readonly skip?: string | false;
}

/** Defines the tests of every kind of detection in one place. */
export function trackedFileContractAt(place: TrackedPlace): void {
  describe(`on ${place.name}`, { skip: place.skip ?? false }, () => {
    let mount: Mount | undefined;
    let directory = "";
    before(() => {
      if (place.mount !== undefined) mount = mountFileSystem(place.mount.fileSystem, place.mount);
      directory = mount?.folder ?? temporaryFolder();
    });
    after(() => mount?.unmount());
    trackedFileContract("guard-pages", () => directory);
    trackedFileContract("kernel", () => directory);
    trackedFileContract("guard-pages", () => directory, { shared: true });
    trackedFileContract("kernel", () => directory, { shared: true });
  });
}
