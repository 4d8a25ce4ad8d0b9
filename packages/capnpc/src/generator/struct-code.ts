// The classes of a struct or a group: a reader, a builder, the type, the numbers of a union.

import { hex } from "./check.js";
import { writeMember } from "./field-code.js";
import type { FileScope } from "./file-scope.js";
import { membersOf } from "./members.js";
import type { StructBody } from "./model.js";
import type { NamedNode, StructNames } from "./name-book.js";
import type { Side } from "./pointer-code.js";
import type { SourceText } from "./source-text.js";

const placeFields: Readonly<Record<Side, readonly string[]>> = {
  reader: ["$segment", "$view", "$at", "$dataByteLength", "$pointerCount", "$nesting"],
  builder: ["$segment", "$at", "$pointersAt", "$pointerCount"],
};

export function writeStruct(text: SourceText, scope: FileScope, named: NamedNode): void {
  const body = named.node.body as StructBody;
  const names = scope.book.structNames(named.node.id);
  if (body.discriminantCount > 0) writeWhich(text, body, names);
  for (const side of ["reader", "builder"] as const) {
    writeClass(text, scope, named, body, names, side);
  }
  if (!body.isGroup) writeType(text, scope, named, body, names);
}

function writeClass(
  text: SourceText,
  scope: FileScope,
  named: NamedNode,
  body: StructBody,
  names: StructNames,
  side: Side,
): void {
  const isBuilder = side === "builder";
  if (isBuilder) {
    text.line(`export interface ${names.builder} extends ${scope.runtimeType("StructBuilder")} {}`);
    text.line();
  }
  text.comment(named.node.comment);
  const extension = isBuilder ? "" : ` extends ${scope.runtime("StructReader")}`;
  text.block(`export class ${names[side]}${extension} {`, () => {
    const place = scope.runtimeType(isBuilder ? "StructBuilderPlace" : "StructPlace");
    const setFields = (): void => {
      for (const field of placeFields[side]) text.line(`this.${field} = place.${field};`);
    };
    text.block(`constructor(place: ${place}) {`, () => {
      if (!isBuilder) text.line("super();");
      setFields();
      if (isBuilder) text.line("this.$view = place.$segment.view;");
    });
    if (!isBuilder) {
      text.line();
      text.block(`override $move(place: ${place}): this {`, () => {
        setFields();
        text.line("return this;");
      });
    }
    if (isBuilder) {
      text.line();
      text.block(`asReader(): ${names.reader} {`, () => {
        text.line(`return new ${names.reader}(this.$reading());`);
      });
    }
    if (body.discriminantCount > 0) writeWhichMethod(text, body, names, side);
    for (const member of membersOf(body)) {
      writeMember(text, { scope, struct: body, path: named.path, name: named.name, side }, member);
    }
  });
  text.line();
  if (!isBuilder) return;
  text.line(`${scope.runtime("deriveBuilder")}(${names.builder});`);
  text.line();
}

function writeWhich(text: SourceText, body: StructBody, { which, reader }: StructNames): void {
  text.comment(`The members of the union in {@link ${reader}}, as its \`which()\` tells them.`);
  text.block(
    `export const ${which} = {`,
    () => {
      const members = body.fields.filter(({ discriminant }) => discriminant !== undefined);
      for (const { name, discriminant } of members) text.line(`${name}: ${discriminant},`);
    },
    "} as const;",
  );
  text.line();
  text.line(`export type ${which} = (typeof ${which})[keyof typeof ${which}];`);
  text.line();
}

function writeWhichMethod(
  text: SourceText,
  body: StructBody,
  { which }: StructNames,
  side: Side,
): void {
  const offset = body.discriminantOffset;
  const at = offset === 0 ? "this.$at" : `this.$at + ${offset}`;
  const read = `this.$view.getUint16(${at}, true)`;
  text.line();
  text.comment("The member that is set. A message of a newer schema may hold another number.");
  text.block(`which(): ${which} {`, () => {
    if (side === "builder") {
      text.line(`return ${read} as ${which};`);
      return;
    }
    text.line(`const which = this.$dataByteLength >= ${offset + 2} ? ${read} : 0;`);
    text.line(`return which as ${which};`);
  });
}

function writeType(
  text: SourceText,
  scope: FileScope,
  named: NamedNode,
  body: StructBody,
  { type, reader, builder }: StructNames,
): void {
  const structType = scope.runtime("StructType");
  text.block(
    `export const ${type}: ${structType}<${reader}, ${builder}> = new ${structType}({`,
    () => {
      text.line(`id: ${hex(named.node.id)}n,`);
      text.line(`name: ${JSON.stringify(named.path)},`);
      text.line(`dataByteLength: ${body.dataWords * 8},`);
      text.line(`pointerCount: ${body.pointers},`);
      text.line(`Reader: ${reader},`);
      text.line(`Builder: ${builder},`);
    },
    "});",
  );
  text.line();
}
