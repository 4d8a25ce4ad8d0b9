// Walks over the tokens of a file for the parser, and finds a place to go on after a mistake.

import type { Diagnostics } from "./diagnostic.js";
import type { Token, TokenKind } from "./lexer.js";
import type { SourceFile, Span } from "./source.js";
import type { Name } from "./syntax.js";

/** Thrown at a mistake once it is reported, and caught where parsing can go on. */
export class SyntaxMistake extends Error {}

// More than people nest, and far from where the stack ends.
const deepest = 200;

const mistake = new SyntaxMistake();

export class TokenReader {
  readonly source: SourceFile;
  readonly diagnostics: Diagnostics;
  readonly #tokens: readonly Token[];
  #index = 0;
  #depth = 0;

  constructor(source: SourceFile, tokens: readonly Token[], diagnostics: Diagnostics) {
    this.source = source;
    this.diagnostics = diagnostics;
    this.#tokens = tokens;
  }

  get token(): Token {
    return this.#tokens[this.#index] as Token;
  }

  /** Where the token before ends. */
  get lastEnd(): number {
    return this.#tokens[this.#index - 1]?.end ?? 0;
  }

  ahead(count: number): Token {
    const last = this.#tokens.length - 1;
    return this.#tokens[Math.min(this.#index + count, last)] as Token;
  }

  text(token: Token = this.token): string {
    return this.source.text.slice(token.start, token.end);
  }

  next(): Token {
    const { token } = this;
    if (token.kind !== "end") this.#index++;
    return token;
  }

  is(kind: TokenKind): boolean {
    return this.token.kind === kind;
  }

  isOperator(operator: string, token: Token = this.token): boolean {
    return token.kind === "operator" && this.text(token) === operator;
  }

  isWord(word: string): boolean {
    return this.token.kind === "identifier" && this.text() === word;
  }

  take(kind: TokenKind): boolean {
    if (this.token.kind !== kind) return false;
    this.#index++;
    return true;
  }

  takeOperator(operator: string): boolean {
    if (!this.isOperator(operator)) return false;
    this.#index++;
    return true;
  }

  expect(kind: TokenKind, expected = `'${kind}'`): Token {
    if (this.token.kind !== kind) this.unexpected(expected);
    return this.next();
  }

  expectOperator(operator: string, expected = `'${operator}'`): void {
    if (this.takeOperator(operator)) return;
    const found = this.text();
    if (this.token.kind === "operator" && found.startsWith(operator)) {
      this.fail(this.token, `'${found}' is read as one operator: put a space after '${operator}'.`);
    }
    this.unexpected(expected);
  }

  name(expected = "a name"): Name {
    if (!this.is("identifier")) this.unexpected(expected);
    const { start, end } = this.token;
    const value = this.text();
    this.#index++;
    return { value, start, end };
  }

  report(span: Span, message: string): void {
    this.diagnostics.report(this.source, span, message);
  }

  fail(span: Span, message: string): never {
    this.report(span, message);
    throw mistake;
  }

  unexpected(expected: string): never {
    this.reportUnexpected(expected);
    throw mistake;
  }

  reportUnexpected(expected: string): void {
    this.report(this.token, `Expected ${expected}, but found ${this.#found()}.`);
  }

  #found(): string {
    const { kind } = this.token;
    if (kind === "end") return "the end of the file";
    const text = this.text();
    return `'${text.length > 40 ? `${text.slice(0, 37)}…` : text}'`.replace(/\s+/g, " ");
  }

  /** Keeps hostile input from running out of stack. */
  nested<T>(parse: () => T): T {
    if (this.#depth >= deepest) this.fail(this.token, `Nested more than ${deepest} levels deep.`);
    this.#depth++;
    try {
      return parse();
    } finally {
      this.#depth--;
    }
  }

  /**
   * After a mistake: goes to the end of the statement, which is a `;` or a block (both passed), the
   * `}` that closes what is around, or the end of the file.
   */
  skipStatement(): void {
    while (!this.is("end") && !this.is("}")) {
      if (this.take(";")) return;
      if (this.is("{")) {
        this.#skipBlock();
        return;
      }
      this.#index++;
    }
  }

  #skipBlock(): void {
    let depth = 0;
    while (!this.is("end")) {
      const { kind } = this.next();
      if (kind === "{") depth++;
      if (kind === "}" && --depth === 0) return;
    }
  }

  /** After a mistake in what stands before a block: goes to its `{`; false if there is none. */
  skipToBlock(): boolean {
    for (let at = this.#index; ; at++) {
      const kind = this.#tokens[at]?.kind;
      if (kind === "{") {
        this.#index = at;
        return true;
      }
      if (kind === ";" || kind === "}" || kind === "end" || kind === undefined) return false;
    }
  }

  /** Whether the current token is the first of its line. */
  startsLine(): boolean {
    return this.source.text.slice(this.lastEnd, this.token.start).includes("\n");
  }
}
