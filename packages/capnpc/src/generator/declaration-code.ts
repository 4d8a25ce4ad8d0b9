// Enums, interfaces and constants as code.

import { hex } from "./check.js";
import { floatLiteral } from "./data-code.js";
import type { FileScope } from "./file-scope.js";
import type { ConstantBody, EnumBody, Type, Value } from "./model.js";
import type { NamedNode } from "./name-book.js";
import { pointerTypeCode, pointerTypeName } from "./pointer-code.js";
import type { SourceText } from "./source-text.js";
import { base64 } from "./words.js";

export function writeEnum(text: SourceText, named: NamedNode): void {
  const { name, node } = named;
  const { enumerants } = node.body as EnumBody;
  text.comment(node.comment);
  if (enumerants.length === 0) {
    // Without enumerants there is no value but what a newer schema may bring.
    text.line(`export const ${name} = {} as const;`);
    text.line();
    text.line(`export type ${name} = number;`);
    text.line();
    return;
  }
  const inOrder = [...enumerants.entries()].sort(([, a], [, b]) => a.codeOrder - b.codeOrder);
  text.block(
    `export const ${name} = {`,
    () => {
      for (const [value, enumerant] of inOrder) {
        text.comment(enumerant.comment);
        text.line(`${enumerant.name}: ${value},`);
      }
    },
    "} as const;",
  );
  text.line();
  text.line(`export type ${name} = (typeof ${name})[keyof typeof ${name}];`);
  text.line();
}

export function writeInterface(
  text: SourceText,
  scope: FileScope,
  { node, path }: NamedNode,
): void {
  text.comment(`The id of the interface \`${path}\`.\n\n${node.comment}`);
  text.line(`export const ${scope.book.nameOf(node.id)} = ${hex(node.id)}n;`);
  text.line();
}

/**
 * A constant. One that is read by the class of another file, which may import this one, is a
 * function: when this file is loaded, that class may not be there yet.
 */
export function writeConstant(text: SourceText, scope: FileScope, { node, name }: NamedNode): void {
  const { type, value } = node.body as ConstantBody;
  text.comment(node.comment);
  const { typeName, code } = constantCode(scope, name, type, value);
  if (value.kind === "pointer" && scope.isCyclic(type)) {
    text.block(`export function ${name}(): ${typeName} {`, () => text.line(`return ${code};`));
  } else {
    text.line(`export const ${name}: ${typeName} = ${code};`);
  }
  text.line();
}

interface ConstantCode {
  readonly typeName: string;
  readonly code: string;
}

function constantCode(scope: FileScope, name: string, type: Type, value: Value): ConstantCode {
  switch (value.kind) {
    case "void":
      return { typeName: "undefined", code: "undefined" };
    case "bool":
      return { typeName: "boolean", code: String(value.value) };
    case "number":
      return { typeName: "number", code: floatLiteral(value.value) };
    case "bigint":
      return { typeName: "bigint", code: `${value.value}n` };
    case "text":
      return { typeName: "string", code: JSON.stringify(value.value) };
    case "enum":
      return enumConstant(scope, (type as { id: bigint }).id, value.value);
    case "pointer":
      return pointerConstant(scope, name, type, value.words);
    default:
      return { typeName: "number | undefined", code: "undefined" };
  }
}

function enumConstant(scope: FileScope, id: bigint, value: number): ConstantCode {
  const typeName = scope.enumType(id);
  const body = scope.request.nodes.get(id)?.body as EnumBody;
  const isKnown = value < body.enumerants.length;
  return { typeName, code: isKnown ? `${value}` : `${value} as number as ${typeName}` };
}

function pointerConstant(
  scope: FileScope,
  name: string,
  type: Type,
  words: Uint8Array | undefined,
): ConstantCode {
  const made = `new ${scope.runtime("PointerDefault")}("${base64(words ?? new Uint8Array(8))}")`;
  const segment = `${scope.constant(`${name}Default`, made)}.segment`;
  const typeName = pointerTypeName(scope, type, "reader");
  const code =
    type.kind === "data"
      ? `${scope.runtime("readData")}(${segment}, 0)`
      : `${pointerTypeCode(scope, type)}.read(${segment}, 0, ${nestingLimit})`;
  return { typeName, code };
}

/** As deep as constants may be read. */
const nestingLimit = 64;
