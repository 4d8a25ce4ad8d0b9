// How far a file should grow at a time, and whether a thread should make pages ready: what the
// defaults of growth were chosen by.

import type { Suite } from "../suite.js";
import { fillColumns, fillGrowing } from "./filling-cases.js";

const stepsMib = [1, 4, 16, 64, 256];

export const growthPolicy: Suite = (setting) => ({
  groups: [
    {
      rounds: Math.min(3, setting.sizes.rounds),
      cases: stepsMib.flatMap((step) => {
        return [false, true].map((prefault) => {
          const name = `${step} MiB${prefault ? ", prefault thread" : ""}`;
          return fillGrowing(setting, name, { prefault, growth: { maxStep: step * 2 ** 20 } });
        });
      }),
      layout: {
        title: `Fill ${setting.sizes.fillByteLength / 2 ** 20} MiB, by the longest step`,
        note:
          "Steps double from 1 MiB up to the longest." +
          (setting.inMemory ? " In memory, 4 MiB is the longest whatever was asked for." : ""),
        columns: fillColumns,
        ratios: [{ title: "to 256 MiB", metric: "fillSpeed", against: "256 MiB" }],
      },
    },
  ],
});
