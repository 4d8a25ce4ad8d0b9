// The classes of records, arrays and cursors: accessors that read memory directly, at constant
// offsets.
//
// They are generated as JavaScript. A closure for each field would be one function shared by all
// records of a program, which the engine then cannot specialize: measured 2 to 3 times slower as
// soon as there are several kinds of records. Where a program runs with code generation from
// strings switched off, closures it is.

import { type FieldType, type Located, type LocatedClass, memoryOf, placeOf } from "./field.js";
import type { RecordLayout } from "./layout.js";

/** Where a record keeps the objects of fields that are objects, by the field's number. */
const partKeys: symbol[] = [];

const generates = mayGenerate();

function mayGenerate(): boolean {
  try {
    return new Function("return true")();
  } catch {
    return false;
  }
}

/** The class of a record's objects. */
export function makeRecordClass<T>(
  layout: RecordLayout,
  base: LocatedClass<object>,
  options: { readonly generated?: boolean } = {},
): LocatedClass<T> {
  while (partKeys.length < layout.fields.length) partKeys.push(Symbol(`part ${partKeys.length}`));
  const generated = options.generated ?? generates;
  const made = generated ? generateClass(layout, base) : assembleClass(layout, base);
  return made as unknown as LocatedClass<T>;
}

function generateClass(layout: RecordLayout, base: LocatedClass<object>): LocatedClass<object> {
  const accessors = layout.fields.map(({ name, type, byteOffset }, index) => {
    const key = JSON.stringify(name);
    const at = byteOffset === 0 ? "this[place]" : `this[place] + ${byteOffset}`;
    const get = type.located === undefined ? getter(type, index, at) : partGetter(index, at);
    const set = setter(type, index, at);
    return `  get [${key}]() {\n${get}\n  }\n  set [${key}](value) {\n${set}\n  }`;
  });
  const parts = layout.fields.flatMap(({ type }, index) => {
    return type.located === undefined ? [] : [`    this[parts[${index}]] = undefined;\n`];
  });
  const source = `"use strict";
return { ${layout.name}: class extends base {
  constructor(window, at) {
    super(window, at);
${parts.join("")}  }
${accessors.join("\n")}
} }.${layout.name};`;
  return new Function("base", "memory", "place", "types", "parts", source)(
    base,
    memoryOf,
    placeOf,
    layout.fields.map(({ type }) => type),
    partKeys,
  );
}

const rethrow = "} catch (cause) {\n      throw this[memory].failure(cause);\n    }";

// biome-ignore lint/suspicious/noExplicitAny: the same for every type.
function getter({ direct }: FieldType<any>, index: number, at: string): string {
  const read = direct?.read("this[memory]", at) ?? `types[${index}].read(this[memory], ${at})`;
  return `    try {\n      return ${read};\n    ${rethrow}`;
}

// biome-ignore lint/suspicious/noExplicitAny: the same for every type.
function setter({ direct }: FieldType<any>, index: number, at: string): string {
  if (direct === undefined) {
    return `    try {\n      types[${index}].write(this[memory], ${at}, value);\n    ${rethrow}`;
  }
  const check = `    if (!(${direct.accepts("value")})) types[${index}].refuse(value);`;
  const write = direct.write("this[memory]", at, "value");
  return `${check}\n    try {\n      ${write};\n    ${rethrow}`;
}

/** The object of a field is made once for each record, and moves with it when asked for again. */
function partGetter(index: number, at: string): string {
  return `    const part = this[parts[${index}]];
    if (part === undefined) {
      return (this[parts[${index}]] = new types[${index}].located(this[memory], ${at}));
    }
    part[memory] = this[memory];
    part[place] = ${at};
    return part;`;
}

function assembleClass(layout: RecordLayout, base: LocatedClass<object>): LocatedClass<object> {
  const made = { [layout.name]: class extends base {} }[layout.name] as LocatedClass<object>;
  for (const [index, { name, type, byteOffset }] of layout.fields.entries()) {
    const part = partKeys[index] as symbol;
    Object.defineProperty(made.prototype, name, {
      get(this: Located & Record<symbol, Located | undefined>): unknown {
        const memory = this[memoryOf];
        const at = this[placeOf] + byteOffset;
        if (type.located !== undefined) {
          const known = this[part] ?? new type.located(memory, at);
          this[part] = known;
          known[memoryOf] = memory;
          known[placeOf] = at;
          return known;
        }
        try {
          return type.read(memory, at);
        } catch (cause) {
          throw memory.failure(cause);
        }
      },
      set(this: Located, value: unknown) {
        try {
          type.write(this[memoryOf], this[placeOf] + byteOffset, value);
        } catch (cause) {
          throw this[memoryOf].failure(cause);
        }
      },
    });
  }
  return made;
}

/**
 * A copy of a class's method for one type of record or array: what the engine learns of one type
 * must not slow another. `text` is the class body; `names` is what it may use.
 */
export function specialize<C>(base: C, text: string, names: Readonly<Record<string, unknown>>): C {
  if (!generates) return base;
  const keys = Object.keys(names);
  const source = `"use strict";\nreturn class extends base {\n${text}\n};`;
  return new Function("base", ...keys, source)(base, ...Object.values(names));
}
