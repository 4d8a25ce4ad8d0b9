// Finds what names stand for: nested scopes, imports, `using`, generic parameters.

import type { Diagnostics } from "../syntax/diagnostic.js";
import type { Span } from "../syntax/source.js";
import { type Argument, type Expression, expressionText } from "../syntax/syntax.js";
import {
  type Bound,
  type Branded,
  BrandScope,
  type BuiltinName,
  builtinNames,
  substitute,
  weightOf,
} from "./brand.js";
import type { Alias, Module, SchemaNode } from "./schema-node.js";
import {
  type Brand,
  type BrandLevel,
  bindType,
  type PrimitiveKind,
  type SchemaType,
} from "./schema-type.js";
import { nameHint } from "./spelling.js";

/** Where an expression stands. */
export interface Place {
  readonly node: SchemaNode;
  /** True where the C++ compiler does not list imports: in the types of annotations. */
  readonly unlisted?: boolean;
  /** The type parameters of a method (`foo @0 [T] (…)`), and the ID they are known by. */
  readonly implicit?:
    | { readonly names: readonly string[]; readonly scopeId: bigint | undefined }
    | undefined;
}

/** Loads what a module imports; undefined if there is no such file. */
export type Importer = (module: Module, path: string) => Module | undefined;

/** How many names may stand for one another: resolving them is recursive. */
const longestChain = 200;

/** How many parts a type may have once every name in it is replaced by what it stands for. */
const heaviest = 1000;

const anyPointer: SchemaType = { kind: "anyPointer", constraint: "anyKind" };

export class Resolver {
  readonly #diagnostics: Diagnostics;
  readonly #import: Importer;
  #aliasDepth = 0;

  constructor(diagnostics: Diagnostics, importer: Importer) {
    this.#diagnostics = diagnostics;
    this.#import = importer;
  }

  report(node: SchemaNode, span: Span, message: string, first?: Span): void {
    const { source } = node.module;
    const related =
      first === undefined ? undefined : { source, span: first, message: "It is used here first." };
    this.#diagnostics.report(source, span, message, related);
  }

  /** What `expression` names, or undefined after reporting that it names nothing. */
  resolve(expression: Expression, place: Place): Branded | undefined {
    const { node } = place;
    switch (expression.kind) {
      case "relative-name":
        return this.#resolveRelative(expression.name.value, expression, place);
      case "absolute-name": {
        const { name } = expression;
        const { root } = node.module;
        const found = this.#memberOf(root, name.value, BrandScope.within(root));
        if (found === undefined && !isFailedAlias(root, name.value)) {
          const hint = nameHint(name.value, [...root.members.keys()]);
          this.report(node, name, `'.${name.value}' is not defined in this file.${hint}`);
        }
        return found;
      }
      case "import":
        return this.#resolveImport(expression, place);
      case "member":
        return this.#resolveMember(expression, place);
      case "application":
        return this.#resolveApplication(expression, place);
      case "unknown":
        return undefined;
      default:
        this.report(node, expression, "Expected a name here.");
        return undefined;
    }
  }

  #resolveRelative(name: string, span: Span, place: Place): Branded | undefined {
    const implicit = place.implicit?.names.indexOf(name) ?? -1;
    if (implicit >= 0) {
      const scopeId = place.implicit?.scopeId;
      if (scopeId === undefined) return { kind: "implicit", index: implicit };
      return { kind: "parameter", scopeId, index: implicit };
    }
    for (let scope: SchemaNode | undefined = place.node; scope; scope = scope.parent) {
      const found = this.#memberOf(scope, name, BrandScope.within(scope));
      if (found !== undefined) return found;
      if (isFailedAlias(scope, name)) return undefined;
      const index = scope.typeParameters.indexOf(name);
      if (index >= 0) return { kind: "parameter", scopeId: scope.id, index };
    }
    if (builtinNames.has(name)) {
      return { kind: "builtin", name: name as BuiltinName, argument: undefined };
    }
    const hint =
      name === "Object"
        ? " It has been called AnyPointer since version 0.4."
        : nameHint(name, namesInScope(place.node));
    this.report(place.node, span, `'${name}' is not defined.${hint}`);
    return undefined;
  }

  // A member of `scope`, where `brand` binds the scope.
  #memberOf(scope: SchemaNode, name: string, brand: BrandScope): Branded | undefined {
    const member = scope.members.get(name);
    if (member === undefined) return undefined;
    if (member.kind !== "alias") return { kind: "node", node: member, brand: brand.inner(member) };
    const target = this.resolveAlias(member);
    if (target === undefined || !member.scope.isGeneric) return target;
    return this.#bounded(substitute(target, brand), member.declaration.name, {
      node: member.scope,
    });
  }

  /** What a `using` names, as seen from where it stands. */
  resolveAlias(alias: Alias): Branded | undefined {
    if (alias.resolved !== undefined) return alias.resolved ?? undefined;
    const { scope, declaration } = alias;
    if (alias.resolving === true) {
      this.report(scope, declaration.name, `'${declaration.name.value}' stands for itself.`);
      return undefined;
    }
    if (this.#aliasDepth >= longestChain) {
      this.report(scope, declaration.name, `More than ${longestChain} names stand for another.`);
      return undefined;
    }
    alias.resolving = true;
    this.#aliasDepth++;
    alias.resolved = this.resolve(alias.target, { node: scope }) ?? null;
    this.#aliasDepth--;
    return alias.resolved ?? undefined;
  }

  /** Looks up every `using` of a scope, so that wrong ones are reported though nobody uses them. */
  checkAliases(node: SchemaNode): void {
    for (const alias of node.aliases) {
      const found = this.resolveAlias(alias);
      const { name } = alias.declaration;
      if (found === undefined || name.value === "") continue;
      const isValue =
        found.kind === "node" && (found.node.kind === "const" || found.node.kind === "annotation");
      const isUpper = /^[A-Z]/.test(name.value);
      if (isValue && isUpper) {
        this.report(node, name, "The name of what is not a type begins with a small letter.");
      } else if (!isValue && !isUpper) {
        this.report(node, name, "The name of a type or a file begins with a capital letter.");
      }
    }
  }

  #resolveImport(
    expression: Extract<Expression, { kind: "import" }>,
    { node, unlisted }: Place,
  ): Branded | undefined {
    if (unlisted !== true) node.module.listedImports.add(expression.path);
    const module = this.#import(node.module, expression.path);
    if (module !== undefined) {
      return { kind: "node", node: module.root, brand: BrandScope.file(module.root) };
    }
    const where = expression.path.startsWith("/")
      ? "in any folder of the import path"
      : "beside this file";
    this.report(
      node,
      expression.pathSpan,
      `Cannot import ${JSON.stringify(expression.path)}: there is no such file ${where}.`,
    );
    return undefined;
  }

  #resolveMember(
    expression: Extract<Expression, { kind: "member" }>,
    place: Place,
  ): Branded | undefined {
    const parent = this.resolve(expression.parent, place);
    if (parent === undefined) return undefined;
    const { value } = expression.name;
    if (parent.kind === "node") {
      const found = this.#memberOf(parent.node, value, parent.brand);
      if (found !== undefined || isFailedAlias(parent.node, value)) return found;
    }
    const members = parent.kind === "node" ? [...parent.node.members.keys()] : [];
    const shown = expressionText(expression.parent);
    this.report(
      place.node,
      expression.name,
      `'${shown}' has no member named '${value}'.${nameHint(value, members)}`,
    );
    return undefined;
  }

  #resolveApplication(
    expression: Extract<Expression, { kind: "application" }>,
    place: Place,
  ): Branded | undefined {
    const target = this.resolve(expression.target, place);
    const bound = expression.arguments.map((argument) => this.#resolveArgument(argument, place));
    if (target === undefined) return undefined;
    const shown = expressionText(expression.target);
    const fail = (message: string): undefined =>
      this.report(place.node, expression, message) as undefined;
    if (target.kind === "builtin" && target.name === "List") {
      if (target.argument !== undefined) return fail("This list has its element type already.");
      const [argument] = bound;
      if (argument === undefined || bound.length !== 1) {
        return fail(`'List' takes one type, the elements', not ${bound.length}.`);
      }
      return this.#bounded({ ...target, argument }, expression, place);
    }
    // `Foo()` of what is not generic is `Foo`.
    if (bound.length === 0 && (target.kind !== "node" || !isGeneric(target.node))) return target;
    if (target.kind !== "node" || !isGeneric(target.node)) {
      return fail(`'${shown}' is not generic: it takes no parameters.`);
    }
    const wanted = target.node.typeParameters;
    if (target.brand.bound.length > 0) {
      return fail(`The parameters of '${target.node.name}' are bound already.`);
    }
    if (bound.length !== wanted.length) {
      const few = bound.length < wanted.length ? "few" : "many";
      const list = wanted.join(", ");
      return fail(`Too ${few} parameters: '${shown}' takes ${wanted.length} (${list}).`);
    }
    const brand = target.brand.bind(this.#pointersOnly(bound, place));
    return this.#bounded({ ...target, brand }, expression, place);
  }

  // Names of generics that stand for generics can grow a type beyond all bounds in a few lines.
  #bounded(branded: Branded, span: Span, place: Place): Branded | undefined {
    if (weightOf(branded) <= heaviest) return branded;
    const message = `This type is too large: it has more than ${heaviest} parts, written out.`;
    this.report(place.node, span, message);
    return undefined;
  }

  #resolveArgument({ name, value }: Argument, place: Place): Bound {
    if (name !== undefined) {
      this.report(place.node, name, "Parameters of a generic are given in order, without names.");
    }
    return { branded: this.resolve(value, place) ?? { kind: "unbound" }, span: value };
  }

  #pointersOnly(bound: readonly Bound[], place: Place): Bound[] {
    return bound.map(({ branded, span }): Bound => {
      if (canBind(branded)) return { branded, span };
      const message =
        "A generic parameter must be of a pointer type: " +
        "Text, Data, List, a struct, an interface or AnyPointer.";
      this.report(place.node, span, message);
      return { branded: { kind: "unbound" }, span };
    });
  }

  /** The type that `expression` names; AnyPointer after reporting that it names none. */
  resolveType(expression: Expression, place: Place): SchemaType | undefined {
    const branded = this.resolve(expression, place);
    return branded && this.typeOf(branded, { expression, place });
  }

  typeOf(
    branded: Branded,
    at: { readonly expression: Span; readonly place: Place },
  ): SchemaType | undefined {
    switch (branded.kind) {
      case "unbound":
        return anyPointer;
      case "parameter":
        return { kind: "parameter", scopeId: branded.scopeId, index: branded.index };
      case "implicit":
        return { kind: "implicit", index: branded.index };
      case "builtin":
        return this.#builtinType(branded, at);
      case "node": {
        const { node, brand } = branded;
        if (node.kind === "struct" || node.kind === "enum" || node.kind === "interface") {
          return { kind: node.kind, node, brand: this.brandOf(brand, at.place) };
        }
        const name = node.kind === "file" ? "A file" : `'${node.name}'`;
        this.report(at.place.node, at.expression, `${name} is not a type.`);
        return undefined;
      }
    }
  }

  #builtinType(
    branded: Extract<Branded, { kind: "builtin" }>,
    at: { readonly expression: Span; readonly place: Place },
  ): SchemaType | undefined {
    switch (branded.name) {
      case "List":
        return this.#listType(branded.argument, at);
      case "AnyPointer":
        return anyPointer;
      case "AnyStruct":
        return { kind: "anyPointer", constraint: "struct" };
      case "AnyList":
        return { kind: "anyPointer", constraint: "list" };
      case "Capability":
        return { kind: "anyPointer", constraint: "capability" };
      default:
        return { kind: branded.name.toLowerCase() as PrimitiveKind | "text" | "data" };
    }
  }

  #listType(
    argument: Bound | undefined,
    at: { readonly expression: Span; readonly place: Place },
  ): SchemaType | undefined {
    if (argument === undefined) {
      const message = "'List' takes one type, the elements', as in List(Text).";
      this.report(at.place.node, at.expression, message);
      return undefined;
    }
    const element = this.typeOf(argument.branded, { ...at, expression: argument.span });
    if (element === undefined) return undefined;
    const isAny = element.kind === "parameter" || element.kind === "implicit";
    if (isAny || (element.kind === "anyPointer" && element.constraint === "anyKind")) {
      const message = "A list of AnyPointer is not supported, nor one of a type parameter.";
      this.report(at.place.node, at.expression, message);
    } else if (element.kind === "anyPointer" && element.constraint === "struct") {
      const message = "A list of AnyStruct is not supported: use AnyList.";
      this.report(at.place.node, at.expression, message);
    }
    return { kind: "list", element };
  }

  /** The brand that a request holds for a place that speaks of `scope`. */
  brandOf(scope: BrandScope, place: Place): Brand {
    return scope.levels().map(({ node, inherited, bound }): BrandLevel => {
      const bindings = inherited
        ? undefined
        : bound.map(({ branded, span }) =>
            branded.kind === "unbound"
              ? anyPointer
              : this.typeOf(branded, { expression: span, place }),
          );
      return { scopeId: node.id, bindings };
    });
  }

  /** A type of a member of something generic, where the generic is bound by `brand`. */
  bind(type: SchemaType, brand: Brand): SchemaType {
    return bindType(type, brand);
  }
}

// The scope does have the name, but what stands behind it has been reported as wrong.
function isFailedAlias(scope: SchemaNode, name: string): boolean {
  return scope.members.get(name)?.kind === "alias";
}

function isGeneric(node: SchemaNode): boolean {
  return node.typeParameters.length > 0;
}

function canBind(branded: Branded): boolean {
  if (branded.kind === "node") {
    return branded.node.kind === "struct" || branded.node.kind === "interface";
  }
  // Of all AnyPointers, the C++ compiler takes only that itself.
  return (
    branded.kind !== "builtin" || ["List", "AnyPointer", "Text", "Data"].includes(branded.name)
  );
}

function namesInScope(node: SchemaNode): string[] {
  const names = [...builtinNames];
  for (let scope: SchemaNode | undefined = node; scope; scope = scope.parent) {
    names.push(...scope.members.keys(), ...scope.typeParameters);
  }
  return names;
}
