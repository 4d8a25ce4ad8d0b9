// The accessors of a field, in a reader or a builder.

import { type DataCode, dataCode } from "./data-code.js";
import type { FileScope } from "./file-scope.js";
import { groupClearing } from "./group-clearing.js";
import type { Member } from "./members.js";
import type { GroupBody, SlotBody, StructBody } from "./model.js";
import { pointerKind, type Side } from "./pointer-code.js";
import { writePointerMember } from "./pointer-field-code.js";
import type { SourceText } from "./source-text.js";

/** The class that accessors are written into. */
export interface ClassContext {
  readonly scope: FileScope;
  readonly struct: StructBody;
  /** What the struct is called in the schema, for errors. */
  readonly path: string;
  /** What names made for its fields begin with. */
  readonly name: string;
  readonly side: Side;
}

export function writeMember(text: SourceText, context: ClassContext, member: Member): void {
  const { body } = member;
  if (body.kind === "group") {
    writeGroup(text, context, { ...member, body });
  } else if (body.type.kind === "void") {
    if (context.side === "builder" && member.field.discriminant !== undefined) {
      writeMethod(text, member, `${member.names.set}(): void`, [select(context, member)]);
    }
  } else if (pointerKind(body.type) === undefined) {
    writeData(text, context, { ...member, body });
  } else {
    writePointerMember(text, context, { ...member, body });
  }
}

/** An accessor: with the field's comment where it is the first of them. */
export function writeMethod(
  text: SourceText,
  member: Member | undefined,
  signature: string,
  lines: readonly string[],
): void {
  text.line();
  if (member !== undefined) text.comment(member.field.comment);
  text.block(`${signature} {`, () => {
    for (const line of lines) if (line !== "") text.line(line);
  });
}

/** Refuses to read a member of a union that is not set; nothing for another field. */
export function checkMember({ scope, path }: ClassContext, { field }: Member): string {
  if (field.discriminant === undefined) return "";
  const wrong = scope.runtime("wrongMember");
  const names = `${JSON.stringify(path)}, ${JSON.stringify(field.name)}`;
  return `if (this.which() !== ${field.discriminant}) throw ${wrong}(${names}, this.which());`;
}

/** Sets the discriminant to a member of a union; nothing for another field. */
export function select({ struct }: ClassContext, { field }: Member): string {
  if (field.discriminant === undefined) return "";
  const offset = struct.discriminantOffset;
  const at = offset === 0 ? "this.$at" : `this.$at + ${offset}`;
  return `this.$view.setUint16(${at}, ${field.discriminant}, true);`;
}

function writeData(text: SourceText, context: ClassContext, member: Member<SlotBody>): void {
  const { names } = member;
  const code = dataCode(context.scope, member.body, names.get);
  const check = checkMember(context, member);
  const read = guarded(context.side, code.end, code.read, code.otherwise);
  const value = code.cast === "" ? read : `${parenthesized(read)}${code.cast}`;
  writeMethod(text, member, `get ${names.get}(): ${code.type}`, [check, `return ${value};`]);
  const { number } = code;
  if (number !== undefined) writeNumberGetter(text, context, member, code.end, number);
  if (context.side === "reader") return;
  const selection = select(context, member);
  // ORDER: a value that is refused leaves the union as it was.
  writeMethod(text, undefined, `set ${names.get}(value: ${code.type})`, [
    code.check,
    `${code.write};`,
    selection,
  ]);
  if (number === undefined) return;
  // With a default it sets the bigint, which sets the discriminant for itself.
  const lines = [`${number.write};`, number.otherwise === "" ? "" : selection];
  writeMethod(text, undefined, `set ${names.number}(value: number)`, lines);
}

function writeNumberGetter(
  text: SourceText,
  context: ClassContext,
  member: Member,
  end: number,
  number: NonNullable<DataCode["number"]>,
): void {
  // With a default it reads the bigint, which checks for itself.
  const isPlain = number.otherwise !== "";
  const read = isPlain ? guarded(context.side, end, number.read, number.otherwise) : number.read;
  text.line();
  text.comment(
    `{@link ${member.names.get}} as a number; throws where a number does not hold it exactly.`,
  );
  text.block(`get ${member.names.number}(): number {`, () => {
    const check = isPlain ? checkMember(context, member) : "";
    if (check !== "") text.line(check);
    text.line(`return ${read};`);
  });
}

function guarded(side: Side, end: number, read: string, otherwise: string): string {
  return side === "builder" ? read : `this.$dataByteLength >= ${end} ? ${read} : ${otherwise}`;
}

function parenthesized(code: string): string {
  return /[?^]/.test(code) ? `(${code})` : code;
}

function writeGroup(text: SourceText, context: ClassContext, member: Member<GroupBody>): void {
  const { scope, side } = context;
  const { names, body } = member;
  const group = scope.book.structNames(body.id)[side];
  const check = checkMember(context, member);
  writeMethod(text, member, `get ${names.get}(): ${group}`, [check, `return new ${group}(this);`]);
  if (side === "reader") return;
  text.line();
  text.comment("Makes it a new one, all its fields as they are by default.");
  text.block(`${names.init}(): ${group} {`, () => {
    const selection = select(context, member);
    if (selection !== "") text.line(selection);
    for (const line of groupClearing(scope, body.id)) text.line(line);
    text.line(`return new ${group}(this);`);
  });
}
