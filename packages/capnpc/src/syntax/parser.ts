// Parses a schema file into declarations. After a mistake it goes on with the next statement.

import type { Diagnostics } from "./diagnostic.js";
import { docCommentAt } from "./doc-comment.js";
import { integerAt, parseAnnotations, parseExpression, parseItems } from "./expression-parser.js";
import { lex } from "./lexer.js";
import { parseEnumerant, parseFieldOrGroup, parseMethod, parseUnion } from "./member-parser.js";
import type { SourceFile } from "./source.js";
import type {
  AnnotationUse,
  Declaration,
  DeclarationOf,
  Expression,
  Name,
  NumberSpan,
} from "./syntax.js";
import { SyntaxMistake, TokenReader } from "./token-reader.js";

/** What may stand in a scope besides the declarations that may stand in every scope. */
export type Scope = "file" | "enum" | "struct" | "interface" | "group" | "union";

/** The fields that most declarations leave empty. */
export const bare = {
  id: undefined,
  ordinal: undefined,
  annotations: [],
  typeParameters: [],
  nested: [],
} as const;

/** Parses `source`; what is wrong is reported, and what is right is in the result all the same. */
export function parseFile(source: SourceFile, diagnostics: Diagnostics): DeclarationOf<"file"> {
  const invalid = source.findInvalidByte();
  if (invalid !== undefined) {
    const message = "This byte is not UTF-8. Schema files are UTF-8 text.";
    diagnostics.report(source, { start: invalid, end: invalid + 1 }, message);
  }
  const reader = new TokenReader(source, lex(source, diagnostics), diagnostics);
  return new FileParser(reader).run();
}

class FileParser {
  readonly #reader: TokenReader;
  readonly #annotations: AnnotationUse[] = [];
  #id: NumberSpan | undefined;
  #docComment: string | undefined;

  constructor(reader: TokenReader) {
    this.#reader = reader;
  }

  run(): DeclarationOf<"file"> {
    const reader = this.#reader;
    const nested = parseStatements(reader, "file", () => this.#parseNaked());
    return {
      ...bare,
      kind: "file",
      name: { value: "", start: 0, end: 0 },
      id: this.#id,
      annotations: this.#annotations,
      docComment: this.#docComment,
      nested,
      start: 0,
      end: reader.lastEnd,
    };
  }

  // `@0x…;` and `$annotation(…);` speak of the file.
  #parseNaked(): boolean {
    const reader = this.#reader;
    if (reader.isOperator("@")) {
      const id = parseId(reader);
      const end = endStatement(reader);
      if (this.#id !== undefined) {
        const span = this.#id;
        reader.diagnostics.report(reader.source, id, "A file has one ID only.", {
          source: reader.source,
          span,
          message: "The first one is here.",
        });
      } else {
        this.#id = id;
        this.#docComment = docCommentAt(reader.source, end);
      }
      return true;
    }
    if (!reader.isOperator("$")) return false;
    this.#annotations.push(...parseAnnotations(reader));
    endStatement(reader);
    return true;
  }
}

/** Statements up to the `}` of their block (which is left), or the end of the file. */
function parseStatements(
  reader: TokenReader,
  scope: Scope,
  parseNaked: () => boolean,
): Declaration[] {
  const found: Declaration[] = [];
  for (;;) {
    if (reader.is("end")) return found;
    if (reader.is("}")) {
      if (scope !== "file") return found;
      reader.report(reader.token, "There is no '{' that this '}' would close.");
      reader.next();
      continue;
    }
    const before = reader.token;
    try {
      if (reader.is(";")) reader.unexpected(expectedIn(scope));
      if (!parseNaked()) found.push(parseDeclaration(reader, scope));
    } catch (error) {
      if (!(error instanceof SyntaxMistake)) throw error;
      // A statement that lacks its end at the end of a line: the next line begins another one.
      const resumes = reader.is("identifier") && reader.token !== before && reader.startsLine();
      if (!resumes) reader.skipStatement();
    }
  }
}

/** A block, from its `{` to its `}`. */
export function parseBlock(
  reader: TokenReader,
  scope: Scope,
): { nested: Declaration[]; docComment: string | undefined } {
  const open = reader.expect("{");
  const nested = reader.nested(() => parseStatements(reader, scope, () => false));
  const early = docCommentAt(reader.source, open.end);
  if (!reader.take("}")) {
    reader.diagnostics.report(
      reader.source,
      reader.token,
      "Expected '}', but found the end of the file.",
      { source: reader.source, span: open, message: "This '{' is not closed." },
    );
  }
  return { nested, docComment: early ?? docCommentAt(reader.source, reader.lastEnd) };
}

/** The `;` of a statement; where it ends. */
export function endStatement(reader: TokenReader): number {
  if (reader.is("{")) {
    reader.fail(reader.token, "This statement ends with ';' and has no block.");
  }
  // Where only the `;` is missing, what stands before it counts.
  if (!reader.is(";") && (reader.is("}") || reader.startsLine())) {
    reader.reportUnexpected("';'");
    return reader.lastEnd;
  }
  return reader.expect(";").end;
}

export function expectedIn(scope: Scope): string {
  const member = {
    file: "'@0x…' (the file's ID), '$…' (its annotations), ",
    enum: "an enumerant (name @0;)",
    struct: "a field (name @0 :Type;), 'union', ",
    interface: "a method (name @0 (…) -> (…);), ",
    group: "a field (name @0 :Type;) or 'union'",
    union: "a field (name @0 :Type;)",
  }[scope];
  const anywhere = "'struct', 'enum', 'interface', 'const', 'annotation' or 'using'";
  return scope === "enum" || scope === "group" || scope === "union" ? member : member + anywhere;
}

function parseDeclaration(reader: TokenReader, scope: Scope): Declaration {
  const { start } = reader.token;
  if (!reader.is("identifier")) reader.unexpected(expectedIn(scope));
  const second = reader.ahead(1);
  // Keywords are names too where a name is meant: `struct @0 :Text;`.
  const keyword = second.kind === "operator" && scope !== "file" ? "" : reader.text();
  const parsed = parseKeyword(reader, keyword, scope, start);
  if (parsed !== undefined) {
    if (scope !== "file" && scope !== "struct" && scope !== "interface" && keyword !== "union") {
      const allowed = `Here stands ${expectedIn(scope)}.`;
      const message = `A '${keyword}' cannot be declared in this place. ${allowed}`;
      reader.report({ start, end: reader.lastEnd }, message);
    }
    return parsed;
  }
  switch (scope) {
    case "enum":
      return parseEnumerant(reader);
    case "interface":
      return parseMethod(reader);
    case "file":
      return reader.fail(
        second.kind === "end" ? reader.token : second,
        `'${reader.text()}' begins no declaration: expected ${expectedIn(scope)}.`,
      );
    default:
      return parseFieldOrGroup(reader);
  }
}

function parseKeyword(
  reader: TokenReader,
  keyword: string,
  scope: Scope,
  start: number,
): Declaration | undefined {
  switch (keyword) {
    case "struct":
    case "enum":
    case "interface":
      return parseType(reader, keyword, start);
    case "const":
      return parseConst(reader, start);
    case "annotation":
      return parseAnnotation(reader, start);
    case "using":
      return parseUsing(reader, start);
    case "union": {
      const inStruct = scope === "struct" || scope === "group" || scope === "union";
      return inStruct ? parseUnion(reader, undefined, start) : undefined;
    }
    default:
      return undefined;
  }
}

/** `@0x…`, whose value must have its highest bit set. */
function parseId(reader: TokenReader): NumberSpan {
  reader.expectOperator("@");
  const { start, end } = reader.expect("integer", "an ID (as 'capnp id' makes them) after '@'");
  const value = integerAt(reader, { start, end });
  if (value >> 63n !== 1n) {
    const message = "An ID is a random number of 64 bits, the highest one set: 0x8… to 0xf….";
    reader.report({ start, end }, message);
  }
  return { value, start, end };
}

function parseOptionalId(reader: TokenReader): NumberSpan | undefined {
  return reader.isOperator("@") ? parseId(reader) : undefined;
}

function parseTypeParameters(reader: TokenReader): Name[] {
  if (!reader.take("(")) return [];
  return parseItems(reader, ")", () => reader.name("the name of a parameter"));
}

function parseType(
  reader: TokenReader,
  kind: "struct" | "enum" | "interface",
  start: number,
): Declaration {
  reader.next();
  const name = reader.name(`the name of the ${kind}`);
  let id: NumberSpan | undefined;
  let typeParameters: readonly Name[] = [];
  let superclasses: readonly Expression[] = [];
  let annotations: readonly AnnotationUse[] = [];
  try {
    id = parseOptionalId(reader);
    if (kind !== "enum") typeParameters = parseTypeParameters(reader);
    if (kind === "interface" && reader.isWord("extends")) {
      reader.next();
      reader.expect("(");
      superclasses = parseItems(reader, ")", () => parseExpression(reader, "an interface"));
    }
    annotations = parseAnnotations(reader);
    if (!reader.is("{")) reader.unexpected("'{'");
  } catch (error) {
    // What is wrong before the block says nothing against the block.
    if (!(error instanceof SyntaxMistake) || !reader.skipToBlock()) throw error;
  }
  const { nested, docComment } = parseBlock(reader, kind);
  const end = reader.lastEnd;
  const shared = { ...bare, name, id, typeParameters, annotations, nested, docComment, start, end };
  return kind === "interface" ? { ...shared, kind, superclasses } : { ...shared, kind };
}

function parseConst(reader: TokenReader, start: number): Declaration {
  reader.next();
  const name = reader.name("the name of the constant");
  const id = parseOptionalId(reader);
  reader.expectOperator(":", "':' and the constant's type");
  const type = parseExpression(reader, "a type");
  reader.expectOperator("=", "'=' and the constant's value");
  const value = parseExpression(reader, "a value");
  const annotations = parseAnnotations(reader);
  const end = endStatement(reader);
  const docComment = docCommentAt(reader.source, end);
  return { ...bare, kind: "const", name, id, type, value, annotations, docComment, start, end };
}

const annotationTargets = new Set(
  "file const enum enumerant struct field union group interface method param annotation".split(" "),
);

function parseAnnotation(reader: TokenReader, start: number): Declaration {
  reader.next();
  const name = reader.name("the name of the annotation");
  const id = parseOptionalId(reader);
  reader.expect("(", "'(' and what the annotation applies to");
  const targets = parseTargets(reader);
  reader.expectOperator(":", "':' and the annotation's type");
  const type = parseExpression(reader, "a type");
  const annotations = parseAnnotations(reader);
  const end = endStatement(reader);
  const docComment = docCommentAt(reader.source, end);
  return {
    ...bare,
    kind: "annotation",
    name,
    id,
    type,
    targets,
    annotations,
    docComment,
    start,
    end,
  };
}

function parseTargets(reader: TokenReader): Set<string> {
  const targets = new Set<string>();
  let wildcard = false;
  const spans = parseItems(reader, ")", () => {
    const { start, end } = reader.token;
    if (reader.takeOperator("*")) {
      wildcard = true;
      return { start, end };
    }
    const { value } = reader.name("what the annotation applies to, or '*'");
    if (!annotationTargets.has(value)) {
      const allowed = [...annotationTargets].join(", ");
      reader.report({ start, end }, `'${value}' is no target. Targets are: ${allowed}, or *.`);
    } else if (targets.has(value)) {
      reader.report({ start, end }, `The target '${value}' is named twice.`);
    }
    targets.add(value);
    return { start, end };
  });
  const [first] = spans;
  if (wildcard && spans.length > 1 && first !== undefined) {
    reader.report(first, "'*' means all targets: it stands alone.");
  }
  return wildcard ? annotationTargets : targets;
}

function parseUsing(reader: TokenReader, start: number): Declaration {
  reader.next();
  const named = reader.is("identifier") && reader.isOperator("=", reader.ahead(1));
  let name: Name | undefined;
  if (named) {
    name = reader.name();
    reader.next();
  }
  const target = parseExpression(reader, "a name, or a name and '='");
  if (name === undefined) {
    if (target.kind === "member") name = target.name;
    else {
      const message =
        "'using' without '=' takes its name from the last part of what it names: " +
        "write 'using Name = …' here.";
      reader.report(target, message);
      name = { value: "", start: target.start, end: target.end };
    }
  }
  const end = endStatement(reader);
  return { ...bare, kind: "using", name, target, docComment: undefined, start, end };
}
