// What the parser makes of a schema file: declarations and the expressions in them.

import type { Span } from "./source.js";

/** An identifier where it stands. */
export interface Name extends Span {
  readonly value: string;
}

/** A number after an at sign where it stands. */
export interface NumberSpan extends Span {
  readonly value: bigint;
}

export interface Argument extends Span {
  readonly name: Name | undefined;
  readonly value: Expression;
}

export type Expression = Span &
  (
    | { readonly kind: "relative-name"; readonly name: Name }
    | { readonly kind: "absolute-name"; readonly name: Name }
    | { readonly kind: "import"; readonly path: string; readonly pathSpan: Span }
    | { readonly kind: "embed"; readonly path: string; readonly pathSpan: Span }
    | { readonly kind: "member"; readonly parent: Expression; readonly name: Name }
    | {
        readonly kind: "application";
        readonly target: Expression;
        readonly arguments: readonly Argument[];
      }
    | { readonly kind: "integer"; readonly value: bigint; readonly negative: boolean }
    | { readonly kind: "float"; readonly value: number }
    | { readonly kind: "text"; readonly bytes: Uint8Array }
    | { readonly kind: "data"; readonly bytes: Uint8Array }
    | { readonly kind: "list"; readonly items: readonly Expression[] }
    | { readonly kind: "tuple"; readonly items: readonly Argument[] }
    // Something was wrong here and has been reported.
    | { readonly kind: "unknown" }
  );

export interface AnnotationUse extends Span {
  readonly target: Expression;
  readonly value: Expression | undefined;
}

export interface Parameter extends Span {
  readonly name: Name;
  readonly type: Expression;
  readonly annotations: readonly AnnotationUse[];
  readonly defaultValue: Expression | undefined;
}

export type Signature = Span &
  (
    | { readonly kind: "parameters"; readonly parameters: readonly Parameter[] }
    | { readonly kind: "type"; readonly type: Expression }
    | { readonly kind: "stream" }
  );

export type DeclarationKind =
  | "file"
  | "using"
  | "const"
  | "enum"
  | "enumerant"
  | "struct"
  | "field"
  | "union"
  | "group"
  | "interface"
  | "method"
  | "annotation";

interface DeclarationBase extends Span {
  /** Empty for files and unnamed unions, whose span is that of the keyword. */
  readonly name: Name;
  /** `@0x…` */
  readonly id: NumberSpan | undefined;
  /** `@0` */
  readonly ordinal: NumberSpan | undefined;
  readonly annotations: readonly AnnotationUse[];
  readonly docComment: string | undefined;
  /** Names of generic parameters. */
  readonly typeParameters: readonly Name[];
  readonly nested: readonly Declaration[];
}

export type Declaration = DeclarationBase &
  (
    | { readonly kind: "file" }
    | { readonly kind: "enum" }
    | { readonly kind: "enumerant" }
    | { readonly kind: "struct" }
    | { readonly kind: "union" }
    | { readonly kind: "group" }
    | { readonly kind: "using"; readonly target: Expression }
    | { readonly kind: "const"; readonly type: Expression; readonly value: Expression }
    | {
        readonly kind: "field";
        readonly type: Expression;
        readonly defaultValue: Expression | undefined;
      }
    | { readonly kind: "interface"; readonly superclasses: readonly Expression[] }
    | {
        readonly kind: "method";
        readonly parameters: Signature;
        readonly results: Signature | undefined;
      }
    | {
        readonly kind: "annotation";
        readonly type: Expression;
        readonly targets: ReadonlySet<string>;
      }
  );

export type DeclarationOf<K extends DeclarationKind> = Extract<Declaration, { kind: K }>;

/** An expression as it would be written: for messages. */
export function expressionText(expression: Expression): string {
  switch (expression.kind) {
    case "relative-name":
      return expression.name.value;
    case "absolute-name":
      return `.${expression.name.value}`;
    case "import":
    case "embed":
      return `${expression.kind} ${JSON.stringify(expression.path)}`;
    case "member":
      return `${expressionText(expression.parent)}.${expression.name.value}`;
    case "application":
      return `${expressionText(expression.target)}(${argumentsText(expression.arguments)})`;
    case "integer":
      return `${expression.negative ? "-" : ""}${expression.value}`;
    case "float":
      return String(expression.value);
    case "text":
      return "text";
    case "data":
      return "data";
    case "list":
      return `[${expression.items.map(expressionText).join(", ")}]`;
    case "tuple":
      return `(${argumentsText(expression.items)})`;
    case "unknown":
      return "(unknown)";
  }
}

function argumentsText(items: readonly Argument[]): string {
  return items
    .map(({ name, value }) =>
      name === undefined ? expressionText(value) : `${name.value} = ${expressionText(value)}`,
    )
    .join(", ");
}
