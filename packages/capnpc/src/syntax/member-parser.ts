// Parses what only structs, enums and interfaces have: fields, groups, unions, enumerants, methods.

import { docCommentAt } from "./doc-comment.js";
import { integerAt, parseAnnotations, parseExpression, parseItems } from "./expression-parser.js";
import { bare, endStatement, parseBlock } from "./parser.js";
import type {
  AnnotationUse,
  Declaration,
  Expression,
  Name,
  NumberSpan,
  Parameter,
  Signature,
} from "./syntax.js";
import { SyntaxMistake, type TokenReader } from "./token-reader.js";

const largestOrdinal = 65535n;

function parseOrdinal(reader: TokenReader): NumberSpan {
  reader.expectOperator("@", "'@' and an ordinal");
  const { start, end } = reader.expect("integer", "an ordinal, such as 0, after '@'");
  const value = integerAt(reader, { start, end });
  if (value > largestOrdinal) reader.report({ start, end }, "An ordinal is at most 65535.");
  return { value, start, end };
}

export function parseEnumerant(reader: TokenReader): Declaration {
  const { start } = reader.token;
  const name = reader.name("the name of an enumerant");
  const ordinal = parseOrdinal(reader);
  const annotations = parseAnnotations(reader);
  const end = endStatement(reader);
  const docComment = docCommentAt(reader.source, end);
  return { ...bare, kind: "enumerant", name, ordinal, annotations, docComment, start, end };
}

/** `name @0 :Type = value;`, `name :group {…}`, `name :union {…}`, `name @0! :union {…}`. */
export function parseFieldOrGroup(reader: TokenReader): Declaration {
  const { start } = reader.token;
  const name = reader.name("the name of a field");
  let ordinal: NumberSpan | undefined;
  if (reader.is("operator") && reader.text().startsWith("@")) ordinal = parseOrdinal(reader);
  const emphatic = ordinal !== undefined && reader.takeOperator("!");
  if (ordinal === undefined && reader.is(";")) {
    reader.unexpected("'@', the field's ordinal, ':' and its type");
  }
  reader.expectOperator(":", ordinal === undefined ? "'@' and an ordinal, or ':'" : "':'");
  if (reader.isWord("union") && isBlockAhead(reader)) {
    if (ordinal !== undefined && !emphatic) reportNumberedUnion(reader, ordinal);
    return parseUnion(reader, { name, ordinal }, start);
  }
  if (reader.isWord("group") && isBlockAhead(reader)) {
    if (ordinal !== undefined) reader.report(ordinal, "A group has no ordinal: remove it.");
    return parseGroup(reader, name, start);
  }
  const type = parseExpression(reader, "a type");
  if (ordinal === undefined) {
    reader.fail(type, "A field needs its ordinal before its type, as in 'name @0 :Type'.");
  }
  const defaultValue = parseDefault(reader);
  const annotations = parseAnnotations(reader);
  const end = endStatement(reader);
  const docComment = docCommentAt(reader.source, end);
  const field = { ...bare, kind: "field", name, ordinal, type, defaultValue } as const;
  return { ...field, annotations, docComment, start, end };
}

function isBlockAhead(reader: TokenReader): boolean {
  const token = reader.ahead(1);
  return token.kind === "{" || (token.kind === "operator" && reader.text(token) === "$");
}

function reportNumberedUnion(reader: TokenReader, ordinal: NumberSpan): void {
  reader.report(
    ordinal,
    `A union needs no ordinal: remove it. To keep the layout of a schema that had one before ` +
      `version 0.3, write '@${ordinal.value}!'.`,
  );
}

function parseDefault(reader: TokenReader): Expression | undefined {
  if (!reader.is("operator") || !reader.text().startsWith("=")) return undefined;
  reader.expectOperator("=");
  return parseExpression(reader, "a default value");
}

/** From the word `union` on; without a name and ordinal read before, it is an unnamed one. */
export function parseUnion(
  reader: TokenReader,
  named: { readonly name: Name; readonly ordinal: NumberSpan | undefined } | undefined,
  start: number,
): Declaration {
  const keyword = reader.next();
  const name = named?.name ?? { value: "", start: keyword.start, end: keyword.end };
  const annotations = named === undefined ? [] : parseBlockAnnotations(reader);
  const { nested, docComment } = parseBlock(reader, "union");
  const union = { ...bare, kind: "union", name, ordinal: named?.ordinal, annotations } as const;
  return { ...union, nested, docComment, start, end: reader.lastEnd };
}

function parseGroup(reader: TokenReader, name: Name, start: number): Declaration {
  reader.next();
  const annotations = parseBlockAnnotations(reader);
  const { nested, docComment } = parseBlock(reader, "group");
  const group = { ...bare, kind: "group", name, annotations } as const;
  return { ...group, nested, docComment, start, end: reader.lastEnd };
}

function parseBlockAnnotations(reader: TokenReader): AnnotationUse[] {
  try {
    return parseAnnotations(reader);
  } catch (error) {
    if (!(error instanceof SyntaxMistake) || !reader.skipToBlock()) throw error;
    return [];
  }
}

/** `name @0 [T] (a :Int32) -> (b :Text);` */
export function parseMethod(reader: TokenReader): Declaration {
  const { start } = reader.token;
  const name = reader.name("the name of a method");
  const ordinal = parseOrdinal(reader);
  const typeParameters = reader.take("[")
    ? parseItems(reader, "]", () => reader.name("the name of a type parameter"))
    : [];
  const parameters = parseSignature(reader, "parameters");
  const results = reader.isOperator("->") ? parseResults(reader) : undefined;
  const annotations = parseAnnotations(reader);
  const end = endStatement(reader);
  const docComment = docCommentAt(reader.source, end);
  const method = { ...bare, kind: "method", name, ordinal, typeParameters } as const;
  return { ...method, parameters, results, annotations, docComment, start, end };
}

function parseResults(reader: TokenReader): Signature {
  reader.next();
  return parseSignature(reader, "results");
}

function parseSignature(reader: TokenReader, what: "parameters" | "results"): Signature {
  const { start, end } = reader.token;
  if (reader.take("(")) {
    const parameters = parseItems(reader, ")", () => parseParameter(reader));
    return { kind: "parameters", parameters, start, end: reader.lastEnd };
  }
  if (reader.isWord("stream") && !reader.isOperator(".", reader.ahead(1))) {
    reader.next();
    if (what === "parameters") {
      reader.report({ start, end }, "'stream' can stand after '->' only.");
    }
    return { kind: "stream", start, end };
  }
  const type = parseExpression(reader, `'(' and the ${what}, or a struct type`);
  return { kind: "type", type, start, end: type.end };
}

function parseParameter(reader: TokenReader): Parameter {
  const name = reader.name("the name of a parameter");
  reader.expectOperator(":", "':' and the parameter's type");
  const type = parseExpression(reader, "a type");
  const defaultValue = parseDefault(reader);
  const annotations = parseAnnotations(reader);
  const { start } = name;
  return { name, type, defaultValue, annotations, start, end: reader.lastEnd };
}
