// What every growing file does, whatever its strategy and file system: one suite, run for each.

import { after, afterEach, before, describe } from "node:test";
import type { GrowthStrategy } from "@tidemark/core";
import {
  type FileSystem,
  type Mount,
  type MountOptions,
  mountFileSystem,
} from "@tidemark/testing/mounts.js";
import { temporaryFolder } from "@tidemark/testing/temporary.js";
import { closingContract } from "./closing-contract.js";
import { GrowingSubject } from "./growing-subject.js";
import { limitsContract } from "./limits-contract.js";
import { openingContract } from "./opening-contract.js";
import { sharingContract } from "./sharing-contract.js";
import { storesContract } from "./stores-contract.js";
import { survivalContract } from "./survival-contract.js";

/** What is known of a file system that changes what can be promised on it. */
export interface FileSystemTraits {
  readonly name: string;
  /** It keeps extended attributes, so that a file tells that it was left by a crash. */
  readonly keepsMark: boolean;
}

/** One strategy, in one folder of one file system. */
export interface GrowingFileCase {
  readonly strategy: GrowthStrategy;
  /** Asked for when the tests run, as it may have to be mounted first. */
  readonly directory: () => string;
  readonly fileSystem: FileSystemTraits;
}

/** Defines the tests of one case. */
export function growingFileContract(subject: GrowingFileCase): void {
  describe(`growing by ${subject.strategy} on ${subject.fileSystem.name}`, () => {
    const growing = new GrowingSubject(subject);
    afterEach(() => growing.removeFiles());
    storesContract(growing);
    limitsContract(growing);
    closingContract(growing);
    openingContract(growing);
    sharingContract(growing);
    survivalContract(growing);
  });
}

/** Where to run the contract. */
export interface ContractPlace extends FileSystemTraits {
  /** What to mount; the folder for temporary files when there is none. */
  readonly mount?: { readonly fileSystem: FileSystem } & MountOptions;
  /** Why it cannot be run here, as `requires` tells. */
  readonly skip?: string | false;
}

/** Defines the tests of every strategy in one place. */
export function growingFileContractAt(place: ContractPlace): void {
  describe(`on ${place.name}`, { skip: place.skip ?? false }, () => {
    let mount: Mount | undefined;
    let directory = "";
    before(() => {
      if (place.mount !== undefined) mount = mountFileSystem(place.mount.fileSystem, place.mount);
      directory = mount?.folder ?? temporaryFolder();
    });
    after(() => mount?.unmount());
    for (const strategy of ["extend-file", "remap", "explicit"] as const) {
      growingFileContract({ strategy, directory: () => directory, fileSystem: place });
    }
  });
}
