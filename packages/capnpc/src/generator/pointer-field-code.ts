// The accessors of a pointer field.

import { type ClassContext, checkMember, select, writeMethod } from "./field-code.js";
import type { Member } from "./members.js";
import type { SlotBody } from "./model.js";
import {
  pointerKind,
  pointerTypeCode,
  pointerTypeName,
  settableTypeName,
  structSizes,
} from "./pointer-code.js";
import type { SourceText } from "./source-text.js";
import { base64 } from "./words.js";

export function writePointerMember(
  text: SourceText,
  context: ClassContext,
  member: Member<SlotBody>,
): void {
  const { names, field, body } = member;
  const { scope, side } = context;
  const type = pointerTypeName(scope, body.type, side);
  const at = pointerAt(context, body.offset);
  const check = checkMember(context, member);
  const reading = readCode(context, member, at);
  writeMethod(text, member, `get ${names.get}(): ${type}`, [check, `return ${reading};`]);
  if (side === "builder") writeSetters(text, context, member, at);
  if (names.has !== undefined) {
    const isNull = `!${scope.runtime("isNull")}(this.$segment, ${at})`;
    const { discriminant } = field;
    const set = discriminant === undefined ? "" : `this.which() === ${discriminant} && `;
    writeMethod(text, undefined, `${names.has}(): boolean`, [`return ${set}${isNull};`]);
  }
  if (side === "builder") writeOrphans(text, context, member, at);
}

function pointerAt({ side }: ClassContext, index: number): string {
  if (side === "reader") return `this.$pointer(${index})`;
  return index === 0 ? "this.$pointersAt" : `this.$pointersAt + ${index * 8}`;
}

function readCode(context: ClassContext, member: Member<SlotBody>, at: string): string {
  const { scope, side } = context;
  const { type, defaultValue } = member.body;
  const place = `this.$segment, ${at}`;
  const last = defaultArgument(context, member);
  const nesting = side === "reader" ? ", this.$nesting" : "";
  switch (pointerKind(type)) {
    case "text": {
      const text = defaultValue.kind === "text" ? defaultValue.value : "";
      const otherwise = text === "" ? "" : `, ${JSON.stringify(text)}`;
      return `${scope.runtime("readText")}(${place}${otherwise})`;
    }
    case "data":
      return `${scope.runtime("readData")}(${place}${last})`;
    case "struct": {
      const { id } = type as { id: bigint };
      const name = scope.struct(id, side);
      return side === "reader"
        ? `new ${name}(${scope.runtime("readStruct")}(${place}${nesting}${last}))`
        : `new ${name}(${scope.runtime("getStruct")}(${place}, ${structSizes(scope, id)}${last}))`;
    }
    case "list": {
      const method = side === "reader" ? "read" : "build";
      return `${pointerTypeCode(scope, type)}.${method}(${place}${nesting}${last})`;
    }
    case "capability":
      return `${scope.runtime("readCapability")}(${place})`;
    default: {
      const name = scope.runtime(side === "reader" ? "AnyPointerReader" : "AnyPointerBuilder");
      return `new ${name}(${place}${nesting})`;
    }
  }
}

/** The last argument of what reads a pointer that has a default. */
function defaultArgument({ scope, name }: ClassContext, { field, body }: Member<SlotBody>): string {
  const { defaultValue } = body;
  if (defaultValue.kind !== "pointer" || defaultValue.words === undefined) return "";
  const code = `new ${scope.runtime("PointerDefault")}("${base64(defaultValue.words)}")`;
  return `, ${scope.constant(`${name}_${field.name}Default`, code)}`;
}

function writeSetters(
  text: SourceText,
  context: ClassContext,
  member: Member<SlotBody>,
  at: string,
): void {
  const { scope } = context;
  const { names, body } = member;
  const { type } = body;
  const place = `this.$segment, ${at}`;
  const selection = select(context, member);
  const write = scope.runtime(setters[pointerKind(type) ?? "any"]);
  const settable = settableTypeName(scope, type);
  writeMethod(text, undefined, `set ${names.get}(value: ${settable})`, [
    selection,
    `${write}(${place}, value);`,
  ]);
  const init = initCode(context, member, place);
  if (init === undefined) return;
  const made = pointerTypeName(scope, type, "builder");
  writeMethod(text, undefined, `${names.init}(${init.parameter}): ${made}`, [
    selection,
    ...(init.before ?? []),
    `return ${init.code};`,
  ]);
}

const setters = {
  text: "writeText",
  data: "writeData",
  struct: "setStruct",
  list: "setList",
  any: "setAnyPointer",
  capability: "writeCapability",
} as const;

function initCode(
  { scope }: ClassContext,
  { body }: Member<SlotBody>,
  place: string,
): { parameter: string; before?: string[]; code: string } | undefined {
  const { type } = body;
  switch (pointerKind(type)) {
    case "data":
      return {
        parameter: "byteLength: number",
        code: `${scope.runtime("initData")}(${place}, byteLength)`,
      };
    case "list":
      return {
        parameter: "length: number",
        code: `${pointerTypeCode(scope, type)}.init(${place}, length)`,
      };
    case "struct": {
      const { id } = type as { id: bigint };
      const made = `${scope.runtime("initStruct")}(${place}, ${structSizes(scope, id)})`;
      return { parameter: "", code: `new ${scope.struct(id, "builder")}(${made})` };
    }
    case "any":
      return {
        parameter: "",
        before: [`${scope.runtime("erase")}(${place});`],
        code: `new ${scope.runtime("AnyPointerBuilder")}(${place})`,
      };
    default:
      return undefined;
  }
}

function writeOrphans(
  text: SourceText,
  context: ClassContext,
  member: Member<SlotBody>,
  at: string,
): void {
  const { scope } = context;
  const { names, body } = member;
  if (names.disown === undefined) return;
  const { type } = body;
  const isTyped = type.kind === "struct" || type.kind === "list";
  const orphan = scope.runtime("Orphan");
  const held = isTyped ? `${orphan}<${pointerTypeName(scope, type, "builder")}>` : orphan;
  const last = isTyped ? `, ${pointerTypeCode(scope, type)}` : "";
  writeMethod(text, undefined, `${names.disown}(): ${held}`, [
    checkMember(context, member),
    `return ${orphan}.disown(this.$segment, ${at}${last});`,
  ]);
  writeMethod(text, undefined, `${names.adopt}(orphan: ${held}): void`, [
    select(context, member),
    `orphan.adopt(this.$segment, ${at});`,
  ]);
}
