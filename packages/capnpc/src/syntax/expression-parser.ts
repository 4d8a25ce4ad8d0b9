// Parses expressions: types, values, names, annotations.

import { dataBytes, integerValue, type LiteralProblem, textBytes } from "./literal.js";
import type { Span } from "./source.js";
import type { AnnotationUse, Argument, Expression } from "./syntax.js";
import type { TokenReader } from "./token-reader.js";

// Chains such as a.b.c… are resolved by recursion.
const longestChain = 100;

export function parseExpression(reader: TokenReader, expected = "an expression"): Expression {
  return reader.nested(() => parseSuffixes(reader, parsePrimary(reader, expected)));
}

function parsePrimary(reader: TokenReader, expected: string): Expression {
  const { start, end, kind } = reader.token;
  switch (kind) {
    case "identifier":
      return parseNamed(reader);
    case "integer": {
      reader.next();
      const value = integerAt(reader, { start, end });
      return { kind: "integer", value, negative: false, start, end };
    }
    case "float":
      reader.next();
      return { kind: "float", value: Number(reader.source.text.slice(start, end)), start, end };
    case "text":
      return parseText(reader);
    case "data": {
      reader.next();
      const bytes = dataBytes(reader.source, start, end, literalReporter(reader));
      return { kind: "data", bytes, start, end };
    }
    case "[": {
      reader.next();
      const items = parseItems(reader, "]", () => parseExpression(reader, "a value"));
      return { kind: "list", items, start, end: reader.lastEnd };
    }
    case "(": {
      reader.next();
      const items = parseItems(reader, ")", () => parseArgument(reader));
      return parenthesized(items, { start, end: reader.lastEnd });
    }
    case "operator":
      if (reader.takeOperator(".")) {
        const name = reader.name("a name after '.'");
        return { kind: "absolute-name", name, start, end: name.end };
      }
      if (reader.takeOperator("-")) return parseNegative(reader, start);
  }
  return reader.unexpected(expected);
}

/** One unnamed value in parentheses is that value. */
function parenthesized(items: readonly Argument[], span: Span): Expression {
  const [only] = items;
  if (items.length === 1 && only !== undefined && only.name === undefined) return only.value;
  return { kind: "tuple", items, start: span.start, end: span.end };
}

function parseNamed(reader: TokenReader): Expression {
  const { start } = reader.token;
  const word = reader.text();
  if ((word === "import" || word === "embed") && reader.ahead(1).kind === "text") {
    reader.next();
    const { bytes, ...pathSpan } = parseText(reader);
    const path = new TextDecoder().decode(bytes);
    return { kind: word, path, pathSpan, start, end: pathSpan.end };
  }
  const name = reader.name();
  return { kind: "relative-name", name, start, end: name.end };
}

type TextExpression = Extract<Expression, { kind: "text" }>;

// Adjacent texts are one.
function parseText(reader: TokenReader): TextExpression {
  const { start } = reader.token;
  const parts: Uint8Array[] = [];
  while (reader.is("text")) {
    const token = reader.next();
    parts.push(textBytes(reader.source, token.start, token.end, literalReporter(reader)));
  }
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return { kind: "text", bytes, start, end: reader.lastEnd };
}

function parseNegative(reader: TokenReader, start: number): Expression {
  const token = reader.token;
  const { end } = token;
  if (reader.take("integer")) {
    return { kind: "integer", value: integerAt(reader, token), negative: true, start, end };
  }
  if (reader.take("float")) {
    return { kind: "float", value: -Number(reader.text(token)), start, end };
  }
  if (reader.isWord("inf")) {
    reader.next();
    return { kind: "float", value: Number.NEGATIVE_INFINITY, start, end };
  }
  return reader.unexpected("a number after '-'");
}

/** The value of an integer token; too large a one is reported, and counts as 0. */
export function integerAt(reader: TokenReader, span: Span): bigint {
  const value = integerValue(reader.source.text.slice(span.start, span.end));
  if (value !== undefined) return value;
  reader.report(span, "This integer is too large: at most 18446744073709551615 (64 bits).");
  return 0n;
}

function literalReporter(reader: TokenReader): (problem: LiteralProblem) => void {
  return ({ message, ...span }) => reader.report(span, message);
}

function parseSuffixes(reader: TokenReader, primary: Expression): Expression {
  let result = primary;
  const { start } = primary;
  for (let links = 0; ; links++) {
    if (links > longestChain) {
      reader.fail(reader.token, `A name has at most ${longestChain} parts.`);
    }
    if (reader.takeOperator(".")) {
      const name = reader.name("a name after '.'");
      result = { kind: "member", parent: result, name, start, end: name.end };
    } else if (reader.take("(")) {
      const items = parseItems(reader, ")", () => parseArgument(reader));
      result = {
        kind: "application",
        target: result,
        arguments: items,
        start,
        end: reader.lastEnd,
      };
    } else {
      return result;
    }
  }
}

function parseArgument(reader: TokenReader): Argument {
  const { start } = reader.token;
  if (reader.is("identifier") && isAssignment(reader)) {
    const name = reader.name();
    reader.expectOperator("=");
    const value = parseExpression(reader, `a value for '${name.value}'`);
    return { name, value, start, end: value.end };
  }
  const value = parseExpression(reader, "a value");
  return { name: undefined, value, start, end: value.end };
}

// `x =-1` is refused where the value is expected, with the reason.
function isAssignment(reader: TokenReader): boolean {
  const token = reader.ahead(1);
  return token.kind === "operator" && reader.text(token).startsWith("=");
}

/** What stands between brackets, separated by commas; one comma may stand at the end. */
export function parseItems<T>(reader: TokenReader, close: ")" | "]", parse: () => T): T[] {
  const items: T[] = [];
  while (!reader.take(close)) {
    if (reader.is(",")) {
      reader.report(reader.token, "There is nothing before this comma.");
      reader.next();
      continue;
    }
    items.push(parse());
    if (!reader.take(",") && !reader.is(close)) reader.unexpected(`',' or '${close}'`);
  }
  return items;
}

/** Annotations, each `$name` or `$name(value)`. */
export function parseAnnotations(reader: TokenReader): AnnotationUse[] {
  const annotations: AnnotationUse[] = [];
  while (reader.is("operator") && reader.text().startsWith("$")) {
    const { start } = reader.token;
    reader.expectOperator("$");
    const expression = parseExpression(reader, "the name of an annotation");
    const { end } = expression;
    if (expression.kind === "application") {
      // What is in the last parentheses is the value: only scopes of an annotation are generic.
      const { target, arguments: items } = expression;
      const value = parenthesized(items, { start: target.end, end });
      annotations.push({ target, value, start, end });
    } else {
      annotations.push({ target: expression, value: undefined, start, end });
    }
  }
  return annotations;
}
