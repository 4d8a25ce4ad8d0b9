// Generic declarations with what their parameters are bound to.

import type { Span } from "../syntax/source.js";
import type { SchemaNode } from "./schema-node.js";

export type BuiltinName =
  | "Void"
  | "Bool"
  | "Int8"
  | "Int16"
  | "Int32"
  | "Int64"
  | "UInt8"
  | "UInt16"
  | "UInt32"
  | "UInt64"
  | "Float32"
  | "Float64"
  | "Text"
  | "Data"
  | "List"
  | "AnyPointer"
  | "AnyStruct"
  | "AnyList"
  | "Capability";

export const builtinNames: ReadonlySet<string> = new Set<BuiltinName>([
  "Void",
  "Bool",
  "Int8",
  "Int16",
  "Int32",
  "Int64",
  "UInt8",
  "UInt16",
  "UInt32",
  "UInt64",
  "Float32",
  "Float64",
  "Text",
  "Data",
  "List",
  "AnyPointer",
  "AnyStruct",
  "AnyList",
  "Capability",
]);

/** What a name stands for. */
export type Branded =
  | { readonly kind: "node"; readonly node: SchemaNode; readonly brand: BrandScope }
  | {
      readonly kind: "builtin";
      readonly name: BuiltinName;
      readonly argument: Bound | undefined;
    }
  /** Parameter `index` of the generic declaration with this ID. */
  | { readonly kind: "parameter"; readonly scopeId: bigint; readonly index: number }
  /** Parameter `index` of the method whose signature this is. */
  | { readonly kind: "implicit"; readonly index: number }
  | { readonly kind: "unbound" };

/** An argument of a generic declaration, with its place in the source. */
export interface Bound {
  readonly branded: Branded;
  readonly span: Span;
}

/**
 * A scope with its arguments, inside the scopes around it. `inherited`: the place that speaks of it
 * is inside of that scope, so its parameters stand for themselves.
 */
export class BrandScope {
  readonly node: SchemaNode;
  readonly outer: BrandScope | undefined;
  readonly inherited: boolean;
  readonly bound: readonly Bound[];
  /** How many parts it would have if it were written out. */
  readonly weight: number;

  private constructor(
    node: SchemaNode,
    outer: BrandScope | undefined,
    options: { readonly inherited: boolean; readonly bound: readonly Bound[] },
  ) {
    this.node = node;
    this.outer = outer;
    this.inherited = options.inherited;
    this.bound = options.bound;
    this.weight = 1 + (outer?.weight ?? 0);
    for (const { branded } of options.bound) this.weight += weightOf(branded);
  }

  /** As seen from within `node`. */
  static within(node: SchemaNode): BrandScope {
    const outer = node.parent === undefined ? undefined : BrandScope.within(node.parent);
    return new BrandScope(node, outer, { inherited: true, bound: [] });
  }

  /** A file, as seen from outside of it. */
  static file(node: SchemaNode): BrandScope {
    return new BrandScope(node, undefined, { inherited: false, bound: [] });
  }

  /** The scope of `node`, which is this one or around it. */
  at(node: SchemaNode): BrandScope | undefined {
    return this.node === node ? this : this.outer?.at(node);
  }

  inner(node: SchemaNode): BrandScope {
    return new BrandScope(node, this, { inherited: false, bound: [] });
  }

  bind(bound: readonly Bound[]): BrandScope {
    return new BrandScope(this.node, this.outer, { inherited: false, bound });
  }

  /** The scopes whose parameters a brand has to speak of, the innermost first. */
  levels(): BrandScope[] {
    const mine = this.bound.length > 0 || (this.inherited && this.node.typeParameters.length > 0);
    const outer = this.outer?.levels() ?? [];
    return mine ? [this, ...outer] : outer;
  }

  /** What parameter `index` of the declaration with this ID is bound to here. */
  lookup(scopeId: bigint, index: number): Branded {
    if (this.node.id !== scopeId) {
      return this.outer?.lookup(scopeId, index) ?? { kind: "unbound" };
    }
    if (this.inherited) return { kind: "parameter", scopeId, index };
    return this.bound[index]?.branded ?? { kind: "unbound" };
  }

  /** This scope, seen from inside another place: parameters are replaced by what they are there. */
  substitute(there: BrandScope): BrandScope {
    const outer = this.outer?.substitute(there);
    if (this.inherited) {
      const { inherited, bound } = there.at(this.node) ?? { inherited: false, bound: [] };
      return new BrandScope(this.node, outer, { inherited, bound });
    }
    const bound = this.bound.map(({ branded, span }) => ({
      branded: substitute(branded, there),
      span,
    }));
    return new BrandScope(this.node, outer, { inherited: false, bound });
  }
}

/** How many parts the type would have if it were written out. */
export function weightOf(branded: Branded): number {
  if (branded.kind === "node") return branded.brand.weight;
  if (branded.kind !== "builtin" || branded.argument === undefined) return 1;
  return 1 + weightOf(branded.argument.branded);
}

/** What `branded` is where the scopes around it are bound as in `there`. */
export function substitute(branded: Branded, there: BrandScope): Branded {
  switch (branded.kind) {
    case "node":
      return { ...branded, brand: branded.brand.substitute(there) };
    case "builtin": {
      if (branded.argument === undefined) return branded;
      const argument = {
        ...branded.argument,
        branded: substitute(branded.argument.branded, there),
      };
      return { ...branded, argument };
    }
    case "parameter":
      return there.lookup(branded.scopeId, branded.index);
    default:
      return branded;
  }
}
