// Fills structs of any schema with random values, the same for the same seed.

import type {
  DynamicListBuilder,
  DynamicStructBuilder,
  Field,
  Type,
} from "@tidemark/capnp/dynamic";

/** Random numbers of a seed (xorshift32). */
export class Random {
  #state: number;

  constructor(seed: number) {
    this.#state = seed | 0 || 1;
  }

  /** A whole number below `end`. */
  below(end: number): number {
    let state = this.#state;
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    this.#state = state;
    return (state >>> 0) % end;
  }

  chance(percent: number): boolean {
    return this.below(100) < percent;
  }

  pick<T>(choices: readonly T[]): T {
    return choices[this.below(choices.length)] as T;
  }

  bits(count: number): bigint {
    let value = 0n;
    for (let bit = 0; bit < count; bit += 16) value = (value << 16n) | BigInt(this.below(65536));
    return BigInt.asUintN(count, value);
  }
}

const texts = [
  "",
  "a",
  "plain text",
  'quoted "text"',
  "\\ \n\t\r\b\f\v\x07",
  "\x00\x01\x1f\x7f'",
  "ä☃😀",
];
const doubles = [
  0,
  -0,
  1,
  -1.5,
  0.1,
  1 / 3,
  1e21,
  1e-7,
  123456789.125,
  Number.NaN,
  Number.POSITIVE_INFINITY,
];

/** Sets about half of the fields; every member of a union has its turn. */
export function fillStruct(struct: DynamicStructBuilder, random: Random, depth = 0): void {
  const members = struct.schema.members.filter((member) => member !== undefined);
  const held = random.pick(members);
  for (const field of struct.schema.fields) {
    if (field.discriminant !== undefined ? field !== held : random.chance(40)) continue;
    fillField(struct, field, random, depth);
  }
}

function fillField(
  struct: DynamicStructBuilder,
  field: Field,
  random: Random,
  depth: number,
): void {
  const { name, type } = field;
  if (field.isGroup) fillStruct(struct.initStruct(name), random, depth);
  else if (type.kind === "struct") {
    if (depth < 4) fillStruct(struct.initStruct(name), random, depth + 1);
    else if (field.discriminant !== undefined) struct.initStruct(name);
  } else if (type.kind === "list") {
    const length = isSayable(type.element) ? listLength(random, depth) : 0;
    fillList(struct.initList(name, length), type.element, random, depth + 1);
  } else if (isSayable(type)) struct.set(name, randomValue(type, random));
}

/** Whether JSON and the text form can say it. */
function isSayable(type: Type): boolean {
  return !/^(any|cap|interface)/.test(type.kind);
}

function listLength(random: Random, depth: number): number {
  return depth > 4 ? 0 : random.pick([0, 1, 1, 2, 3, 7]);
}

function fillList(list: DynamicListBuilder, element: Type, random: Random, depth: number): void {
  for (let index = 0; index < list.length; index++) {
    if (element.kind === "struct") {
      if (depth < 5) fillStruct(list.get(index) as DynamicStructBuilder, random, depth);
    } else if (element.kind === "list") {
      const inner = list.init?.(index, listLength(random, depth)) as DynamicListBuilder;
      fillList(inner, element.element, random, depth + 1);
    } else if (element.kind !== "void" && isSayable(element)) {
      list.set(index, randomValue(element, random));
    }
  }
}

export function randomValue(type: Type, random: Random): unknown {
  switch (type.kind) {
    case "bool":
      return random.chance(50);
    case "int8":
    case "int16":
    case "int32":
      return Number(BigInt.asIntN(Number(type.kind.slice(3)), random.bits(32)));
    case "uint8":
    case "uint16":
    case "uint32":
      return Number(random.bits(Number(type.kind.slice(4))));
    case "int64":
      return BigInt.asIntN(64, random.bits(64));
    case "uint64":
      return random.bits(64);
    case "float32":
      return Math.fround(randomDouble(random));
    case "float64":
      return randomDouble(random);
    case "text":
      return random.pick(texts).repeat(random.pick([1, 1, 3]));
    case "data":
      return Uint8Array.from({ length: random.below(9) }, () => random.below(256));
    case "enum":
      return random.pick(type.schema.enumerants).name;
    default:
      return undefined;
  }
}

const bits = new DataView(new ArrayBuffer(8));

function randomDouble(random: Random): number {
  if (random.chance(40)) return random.pick(doubles);
  if (random.chance(30)) return random.below(1000) / random.pick([1, 8, 10, 1000]);
  bits.setBigUint64(0, random.bits(64));
  return bits.getFloat64(0);
}
