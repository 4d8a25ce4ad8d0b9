// Follows a path through a message: nothing is read but what it leads through.

import type { List } from "@tidemark/capnp";
import type { DynamicStructReader, DynamicValue, Field, Type } from "@tidemark/capnp/dynamic";
import { typeName } from "@tidemark/capnp/dynamic";
import { CommandFailure } from "../command/failure.js";
import { suggest } from "../rows/suggestion.js";
import type { PathStep } from "./message-path.js";

/** What a path leads to. */
export interface Found {
  readonly value: DynamicValue;
  readonly type: Type;
  /** The field, and the struct that has it, where it is no element of a list. */
  readonly field?: Field;
  readonly holder?: DynamicStructReader;
}

/** @throws {@link CommandFailure} for a step that leads nowhere */
export function followPath(
  root: DynamicStructReader,
  steps: readonly PathStep[],
  text: string,
): Found {
  let found: Found = { value: root, type: { kind: "struct", schema: root.schema } };
  for (const step of steps) {
    const where = text.slice(0, step.column - 1).replace(/\.$/, "") || "the root";
    const whole = text.slice(0, step.end);
    found =
      step.kind === "field"
        ? followField(found, step.name, where, whole)
        : followIndex(found, step.index, where, whole);
  }
  return found;
}

function followField(found: Found, name: string, where: string, whole: string): Found {
  const { type, value } = found;
  if (type.kind === "list") {
    const { length } = value as List<unknown>;
    if (name === "length") return { value: length, type: { kind: "uint32" } };
    throw new CommandFailure(
      `${where} is a ${typeName(type)} of ${length}: ${whole} must have an index, ` +
        `as ${where}[0].${name}, or be ${where}.length`,
    );
  }
  if (type.kind !== "struct") {
    throw new CommandFailure(`${where} is a ${typeName(type)}, which has no field ${name}`);
  }
  const struct = value as DynamicStructReader;
  const field = type.schema.findField(name);
  if (field === undefined) throw unknownField(type.schema.name, type.schema.fields, name);
  if (!field.isHeld(struct)) {
    const held = field.struct.memberOf(struct)?.name ?? "a member of a newer schema";
    throw new CommandFailure(`${whole} is not set: the union holds ${held}`);
  }
  return { value: field.get(struct), type: field.type, field, holder: struct };
}

function unknownField(struct: string, fields: readonly Field[], name: string): CommandFailure {
  const names = fields.map((field) => field.name);
  const hint = suggest(name, names);
  const all = hint.startsWith("did you mean") ? ` It has ${names.join(", ")}` : "";
  return new CommandFailure(`${struct} has no field ${JSON.stringify(name)}: ${hint}${all}`);
}

function followIndex(found: Found, index: number, where: string, whole: string): Found {
  const { type, value } = found;
  if (type.kind !== "list") {
    throw new CommandFailure(
      `${where} is a ${type.kind === "struct" ? `struct ${typeName(type)}` : typeName(type)}, ` +
        "which has no elements",
    );
  }
  const list = value as List<DynamicValue>;
  const { length } = list;
  const at = index < 0 ? length + index : index;
  if (at >= 0 && at < length) return { value: list.get(at), type: type.element };
  throw new CommandFailure(
    length === 0
      ? `${whole} is outside: ${where} is empty`
      : `${whole} is outside: ${where} has ${length} elements, ` +
          `from 0 to ${length - 1}, or from the end -1 to -${length}`,
  );
}
