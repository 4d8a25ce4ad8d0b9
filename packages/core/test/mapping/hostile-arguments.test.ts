// Every public function and option of Mapping, with what should never be passed to it: each answer
// is a typed error or a harmless success, and the process lives.

import assert from "node:assert/strict";
import fs from "node:fs";
import { after, test } from "node:test";
import { inspect } from "node:util";
import * as core from "@tidemark/core";
import { Mapping, pageSize, TidemarkError } from "@tidemark/core";
import { descriptors } from "@tidemark/testing/memory-map.js";
import { temporaryPath } from "@tidemark/testing/temporary.js";
import fc from "fast-check";
import { native } from "#core/binding.js";

// biome-ignore lint/suspicious/noExplicitAny: the point is to pass what the types forbid.
type Any = any;

const trap = new Error("the caller's own error");
const throwing = (): never => {
  throw trap;
};

const hostile: readonly unknown[] = [
  null,
  Number.NaN,
  -1,
  -0.5,
  1.5,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  2 ** 31,
  2 ** 32,
  2 ** 53,
  2 ** 63,
  Number.MAX_SAFE_INTEGER,
  Number.MAX_VALUE,
  -1n,
  2n ** 53n,
  2n ** 64n,
  2n ** 2000n,
  "",
  "abc",
  "0",
  "4096",
  "a\0b",
  "x".repeat(1 << 20),
  "\ud800",
  [],
  [4096],
  Symbol("hostile"),
  () => 1,
  class {},
  true,
  false,
  new Date(Number.NaN),
  /x/,
  new Map(),
  Promise.resolve(1),
  new Proxy({}, { get: throwing, has: throwing, ownKeys: throwing, getPrototypeOf: throwing }),
  new Proxy(() => 1, { get: throwing, apply: throwing }),
  { valueOf: throwing, toString: throwing, [Symbol.toPrimitive]: throwing },
  Object.create(null),
  new Uint8Array(4),
  new ArrayBuffer(4),
  new SharedArrayBuffer(4),
  Mapping,
  globalThis,
  new URL("http://example.org/x"),
  new URL("file://elsewhere/x"),
  new URL("file:///a%2Fb"),
  new URL("file:///a%00b"),
  { region: undefined, byteLength: 100, access: "read", shared: false, name: "x" },
];

class Index {
  readonly of: number;

  constructor(of: number) {
    this.of = of;
  }
}

/** Options and ranges get the hostile values in every field, too, and getters that throw. */
function hostileObjects(fields: readonly string[]): unknown[] {
  return [
    ...fields.flatMap((field) => hostile.map((value) => ({ [field]: value }))),
    ...fields.map((field) => Object.defineProperty({}, field, { get: throwing, enumerable: true })),
    { unknown: 1 },
    { __proto__: { byteOffset: -1 } },
  ];
}

/** Fails unless the call succeeds, throws a typed error, or lets the caller's own error through. */
function expectAnswer(call: () => unknown, shown: () => string): unknown {
  try {
    return call();
  } catch (error) {
    const isTyped =
      error === trap ||
      (error instanceof TidemarkError &&
        /^ERR_TIDEMARK_[A-Z_]+$/.test(error.code) &&
        error.message.length < 4_000_000);
    if (!isTyped) assert.fail(`${shown()} threw ${inspect(error)}`);
    return error;
  }
}

/** Fails unless the call is refused with one of the two errors for arguments. */
function expectRefusal(call: () => unknown, shown: () => string): void {
  const answer = expectAnswer(call, shown) as { readonly code?: string } | undefined;
  if (answer === trap) return;
  assert.match(
    String(answer?.code),
    /^ERR_TIDEMARK_ARGUMENT_(TYPE|RANGE)$/,
    `${shown()} gave ${inspect(answer, { depth: 0 })}`,
  );
  assert.ok(answer instanceof TypeError || answer instanceof RangeError);
}

function shownCall(name: string, values: readonly unknown[]): () => string {
  return () => {
    const texts = values.map((value) => {
      try {
        return inspect(value, { depth: 1, maxStringLength: 20 });
      } catch {
        return typeof value;
      }
    });
    return `${name}(${texts.join(", ")})`;
  };
}

const file = temporaryPath();
fs.writeFileSync(file, Buffer.alloc(4 * pageSize, 1));
const subjects = {
  file: Mapping.openFile(file, { access: "read-write" }),
  reader: Mapping.openFile(file),
  unaligned: Mapping.openFile(file, { access: "copy-on-write", byteOffset: 5 }),
  anonymous: Mapping.anonymous(4 * pageSize),
  shared: Mapping.anonymous(4 * pageSize, { sharing: "shared" }),
  empty: Mapping.openFile(file, { byteOffset: 4 * pageSize }),
};
after(() => {
  for (const mapping of Object.values(subjects)) mapping.close();
});

const range = ["byteOffset", "byteLength"];

/** The fields of the object that each parameter of a method takes; none for a plain value. */
const parameters: Readonly<Record<string, readonly (readonly string[])[]>> = {
  bytes: [[], []],
  flushSync: [range, ["wait", "invalidate"]],
  protect: [range, []],
  advise: [range, []],
  prefetch: [range, ["write"]],
  lock: [range],
  unlock: [range],
  residency: [range],
  release: [range],
  punchHole: [range],
};

/** What is good enough to get on to the next argument. */
const fine: Readonly<Record<string, readonly unknown[]>> = {
  protect: [{}, "read"],
  advise: [{}, "normal"],
};

/** What no parameter takes: of these, each must be refused. */
const never = [null, Number.NaN, -1, 1.5, 2 ** 53, 2n ** 64n, "", "abc", [], Symbol("x"), () => 1];

for (const [method, kinds] of Object.entries(parameters)) {
  test(`${method}() answers anything with a typed error or harmlessly`, () => {
    for (const mapping of Object.values(subjects) as Any[]) {
      kinds.forEach((fields, position) => {
        for (const value of [undefined, ...hostile, ...hostileObjects(fields)]) {
          const values = [...(fine[method] ?? [])];
          values[position] = value;
          const call = () => mapping[method](...values);
          expectAnswer(call, shownCall(method, values));
        }
      });
    }
    for (const mapping of Object.values(subjects)) mapping.check();
  });

  test(`${method}() refuses what it cannot use`, () => {
    kinds.forEach((fields, position) => {
      const values = fields.length === 0 ? never : [...never, { unknown: 1 }, true, 5];
      for (const value of values) {
        const given = [...(fine[method] ?? [])];
        given[position] = value;
        expectRefusal(() => (subjects.file as Any)[method](...given), shownCall(method, given));
      }
      for (const field of fields) {
        for (const value of never) {
          const given = [...(fine[method] ?? [])];
          given[position] = { [field]: value };
          expectRefusal(() => (subjects.file as Any)[method](...given), shownCall(method, given));
        }
      }
    });
  });
}

test("flush() answers anything with a rejection, never a throw", async () => {
  for (const value of [...hostile, ...hostileObjects(range)]) {
    const answer = await (subjects.anonymous as Any).flush(value).catch((error: unknown) => error);
    expectAnswer(
      () => {
        if (answer !== undefined) throw answer;
      },
      shownCall("flush", [value]),
    );
  }
});

const openOptions = ["access", "byteOffset", "byteLength", "shared", "populate"];
const anonymousOptions = ["sharing", "hugePages", "secret", "populate"];

/** Closes what a call opened after all; a length that was taken may be any. */
function opening(call: () => Any): () => unknown {
  return () => {
    const mapping = call();
    assert.ok(mapping instanceof Mapping);
    mapping.close();
  };
}

test("openFile() answers anything with a typed error, and leaks nothing", () => {
  const before = descriptors().size;
  const open: Any = Mapping.openFile;
  const impostors = [Object.create(Buffer.prototype), Object.create(URL.prototype)];
  const more = [undefined, 999_999, -2, 2 ** 31 - 1, "/nowhere/at/all", "/"];
  for (const value of [...hostile, ...impostors, ...more]) {
    expectAnswer(
      opening(() => open(value)),
      shownCall("openFile", [value]),
    );
  }
  for (const value of [...hostile, ...hostileObjects(openOptions)]) {
    expectAnswer(
      opening(() => open(file, value)),
      shownCall("openFile", [file, value]),
    );
  }
  assert.equal(descriptors().size, before);
});

test("openFile() refuses what can be no file and no option", () => {
  const open: Any = Mapping.openFile;
  for (const value of [undefined, null, Number.NaN, -1, 1.5, 2 ** 53, 2n ** 64n, "", "a\0b", {}]) {
    expectRefusal(() => open(value), shownCall("openFile", [value]));
  }
  for (const value of ["http://example.org/x", "file://elsewhere/x", "file:///a%00b"]) {
    expectRefusal(() => open(new URL(value)), shownCall("openFile", [value]));
  }
  for (const field of openOptions) {
    for (const value of never) {
      const options = { [field]: value };
      expectRefusal(
        opening(() => open(file, options)),
        shownCall("openFile", [options]),
      );
    }
  }
});

test("anonymous() answers anything with a typed error", () => {
  const make: Any = Mapping.anonymous;
  for (const value of [undefined, ...hostile]) {
    for (const options of [undefined, { sharing: "shared" }, { hugePages: "transparent" }]) {
      const call = opening(() => make(value, options));
      expectAnswer(call, shownCall("anonymous", [value, options]));
    }
  }
  for (const value of [...hostile, ...hostileObjects(anonymousOptions)]) {
    expectAnswer(
      opening(() => make(4096, value)),
      shownCall("anonymous", [4096, value]),
    );
  }
  for (const value of [undefined, ...never, 0, 0n, {}, true]) {
    expectRefusal(() => make(value), shownCall("anonymous", [value]));
  }
  for (const field of anonymousOptions) {
    for (const value of never) {
      const options = { [field]: value };
      expectRefusal(
        opening(() => make(4096, options)),
        shownCall("anonymous", [options]),
      );
    }
  }
});

test("attach() answers anything with a typed error", () => {
  const attach: Any = Mapping.attach;
  const handle = subjects.shared.handle();
  for (const value of [undefined, ...hostile]) {
    expectRefusal(() => attach(value), shownCall("attach", [value]));
  }
  for (const field of [...Object.keys(handle), "maxByteLength"]) {
    for (const value of [undefined, ...hostile]) {
      const changed = { ...handle, [field]: value };
      expectAnswer(
        opening(() => attach(changed)),
        shownCall("attach", [changed]),
      );
    }
    const changed = Object.defineProperty({ ...handle }, field, { get: throwing });
    expectAnswer(
      opening(() => attach(changed)),
      shownCall("attach", [field]),
    );
  }
});

test("no one but this package makes a Mapping with new", () => {
  const Constructor: Any = Mapping;
  for (const value of [undefined, {}, ...hostile]) {
    expectRefusal(() => new Constructor(value), shownCall("new Mapping", [value]));
  }
  assert.throws(() => Constructor(), TypeError);
});

test("static functions work, whatever they are called on", () => {
  for (const receiver of [undefined, null, 1, "x", {}, Mapping.prototype]) {
    Mapping.anonymous.call(receiver, 100).close();
    Mapping.openFile.call(receiver, file).close();
    Mapping.attach.call(receiver, subjects.shared.handle()).close();
  }
});

test("methods and getters called on something else throw a TypeError", async () => {
  const receivers = [undefined, null, 1, "x", {}, Mapping.prototype, Object.create(subjects.file)];
  const own = Object.getOwnPropertyDescriptors(Mapping.prototype) as Record<
    string | symbol,
    PropertyDescriptor
  >;
  const names = Reflect.ownKeys(own).filter((name) => name !== "constructor");
  assert.ok(names.length >= 20);
  for (const name of names) {
    const { value, get } = own[name] as PropertyDescriptor;
    // Says what a flush needs, and looks at nothing.
    if (name === "fileFlushFlags") continue;
    for (const receiver of receivers) {
      const call = async (): Promise<void> => void (await (get ?? value).call(receiver));
      await assert.rejects(call, TypeError, `${String(name)} on ${inspect(receiver)}`);
    }
  }
});

test("the native functions answer what they are not meant for with a code", () => {
  const functions = Object.entries(native).filter(([, value]) => typeof value === "function");
  assert.ok(functions.length > 25);
  // Without numbers: those could be the descriptors of this very process.
  const values = hostile.filter((value) => typeof value !== "number" && value !== true);
  for (const [name, call] of functions) {
    if (["onFault", "reinstallFaults"].includes(name)) continue;
    for (const value of [undefined, ...values]) {
      for (let count = 0; count <= 12; count += 3) {
        try {
          const answer = (call as Any)(...Array(count).fill(value));
          // What asks for no handle may give an answer; what does, a code.
          assert.match(typeof answer, /^(undefined|number|boolean|object)$/, name);
        } catch (error) {
          // Node-API's own, where undefined or null is to be looked at as an object.
          assert.match(String(error), /^TypeError: Cannot convert undefined or null to object/);
        }
      }
    }
  }
});

test("any arguments to any method, in any order, are answered", () => {
  const ignored = new Set(["close", "flush", "release", "punchHole"]);
  const methods = Object.keys(parameters).filter((name) => !ignored.has(name));
  const number = fc.oneof(
    fc.integer({ min: -10, max: 5 * pageSize }),
    fc.constantFrom(0, pageSize, 2 * pageSize, 2 ** 53),
    fc.double(),
    fc.bigInt(),
  );
  const word = fc.constantFrom("none", "read", "read-write", "random", "cold", "page-out", "x");
  const value = fc.oneof(
    number,
    word,
    // By index: fast-check looks into values, which some of these do not stand.
    fc.nat(hostile.length - 1).map((index) => new Index(index)),
    fc.record({ byteOffset: number, byteLength: number }, { requiredKeys: [] }),
    fc.record({ wait: fc.anything(), write: fc.boolean() }, { requiredKeys: [] }),
    fc.anything({ withBigInt: true, withDate: true, withMap: true, withTypedArray: true }),
  );
  const call = fc.tuple(fc.constantFrom(...methods), fc.array(value, { maxLength: 3 }));
  const property = fc.property(fc.array(call, { maxLength: 15 }), (calls) => {
    using mapping = Mapping.anonymous(4 * pageSize) as Any;
    for (const [method, generated] of calls) {
      const values = generated.map((value) => (value instanceof Index ? hostile[value.of] : value));
      expectAnswer(() => mapping[method](...values), shownCall(method, values));
    }
    mapping.protect({}, "read-write");
    mapping.bytes().fill(1);
  });
  fc.assert(property, { numRuns: 200 });
});

test("every error class can be told from the others by code, name and class", () => {
  const classes = Object.entries(core).filter(([name]) => name.endsWith("Error"));
  assert.ok(classes.length >= 12);
  for (const [name, value] of classes) {
    assert.equal(typeof value, "function", name);
    assert.ok((value as Any).prototype instanceof Error, name);
  }
  assert.equal(new Error("x") instanceof TidemarkError, false);
  assert.equal({} instanceof TidemarkError, false);
});
