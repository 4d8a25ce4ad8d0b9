// Messages built in new files.

import { asPeer, cppLibrary } from "../native.js";
import { compiledCpp } from "../native-cpp.js";
import type { Case, Group, Setting, Suite } from "../suite.js";
import { fillColumns } from "./filling-cases.js";

/** Bytes of a record in a list, with its texts and lists. */
const recordByteLength = 192;
/** The table, the root pointer, the root struct, and the tag of the list. */
const headByteLength = 8 + 8 + 8 + 8;

export const messageFiles: Suite = (setting) => ({ groups: [building(setting)] });

function building(setting: Setting): Group {
  const { folder, sizes } = setting;
  const count = Math.floor(sizes.fillByteLength / 2 / recordByteLength);
  const byteLength = headByteLength + count * recordByteLength;
  const common = { folder, count, byteLength };
  const program = compiledCpp("message-file", "person");
  const native = (name: string, method: string): Case => {
    const parameters = { ...common, way: "c++", program, method };
    return { name, driver: "message-file", parameters, ...asPeer(program, cppLibrary) };
  };
  const ours = (name: string, parameters: object): Case => {
    return { name, driver: "message-file", parameters: { ...common, ...parameters } };
  };
  const work = `build ${Math.round(byteLength / 2 ** 20)} MiB in a new growing file, cold`;
  return {
    rounds: sizes.rounds,
    cases: [
      ours("MessageFile", { way: "in-place" }),
      { ...ours("in memory, then fs.writeFileSync", { way: "in-memory" }), peer: true },
      native("C++, mapped, ftruncate", "truncate"),
      native("C++, mapped, posix_fallocate", "allocate"),
    ],
    layout: {
      title: `Build a message of ${count} people in a new file`,
      note:
        `${byteLength} bytes, the same in every row. The closing of MessageFile has all of it ` +
        "written to the disk; the others leave that to the system.",
      columns: [
        ...fillColumns.slice(0, 2),
        ...fillColumns.slice(2),
        { metric: "fillMs", title: "fill, ms" },
      ],
      ratios: [{ title: "fill, of C++", metric: "fillMs", against: "C++, mapped, ftruncate" }],
      goals: [
        {
          work,
          case: "MessageFile",
          metric: "fillMs",
          against: "C++, mapped, ftruncate",
          most: 1.2,
          unit: "x",
        },
      ],
    },
  };
}
