// Compiling schema files, against the C++ compiler.

import fs from "node:fs";
import path from "node:path";
import type { Group, Plan, Setting, Suite } from "../suite.js";

const largestInstalled = "/usr/include/capnp/rpc.capnp";

export const schema: Suite = (setting): Plan => {
  // Two files are read: where they are makes no difference.
  if (setting.inMemory) return { groups: [] };
  const many = path.join(setting.folder, "many.capnp");
  fs.writeFileSync(many, manyStructs(1000));
  return {
    groups: [
      group(setting, largestInstalled, "Compile rpc.capnp, the largest that Debian ships", 50),
      group(setting, many, "Compile 1,000 structs in one file", 300),
    ],
  };
};

/** Structs of eight fields that use one another. */
function manyStructs(count: number): string {
  const structs = Array.from({ length: count }, (_, i) => {
    const other = `S${(i * 7 + 1) % count}`;
    return `struct S${i} {  # Number ${i}.
  id @0 :UInt64;
  name @1 :Text;
  next @2 :${other};
  all @3 :List(${other});
  union {
    small @4 :Int16 = -${i % 100};
    large @5 :Float64;
    both :group { flag @6 :Bool; count @7 :UInt32; }
  }
}
`;
  });
  return `@0xf1a5c0ffee5c4e3a;\n${structs.join("\n")}`;
}

function group({ sizes }: Setting, file: string, title: string, most: number): Group {
  const repeat = sizes.rounds > 2 ? 20 : 5;
  const against = "C++ compiler (a process)";
  const compiled = (name: string, compiler: string) => {
    const peer = compiler === "c++";
    return { name, driver: "compile-schema", parameters: { file, compiler, repeat }, peer };
  };
  const ours = "ours (a function)";
  return {
    rounds: Math.min(3, sizes.rounds),
    cases: [compiled(ours, "ours"), compiled(against, "c++")],
    layout: {
      title,
      note: "First: in a fresh process. Again: median of later ones, warm. C++ starts each time.",
      columns: [
        { metric: "firstMs", title: "first, ms" },
        { metric: "againMs", title: "again, ms", spread: true },
      ],
      ratios: [{ title: "again, x faster", metric: "againMs", against, inverse: true }],
      goals: [{ work: title, case: ours, metric: "againMs", most, unit: "ms" }],
    },
  };
}
