// What the suites about filling growing files have in common.

import type { Case, Setting } from "../suite.js";
import type { Column } from "../table.js";

export const fillColumns: readonly Column[] = [
  { metric: "fillSpeed", title: "fill, GiB/s", spread: true },
  { metric: "openMs", title: "open, ms" },
  { metric: "closeMs", title: "close, ms" },
  { metric: "totalSpeed", title: "total, GiB/s" },
];

/** Filling a file that grows, with options of `GrowingFile.create`. */
export function fillGrowing(setting: Setting, name: string, options?: object): Case {
  const byteLength = setting.sizes.fillByteLength;
  const parameters = { folder: setting.folder, byteLength, options };
  return { name, driver: "fill-growing", parameters };
}
