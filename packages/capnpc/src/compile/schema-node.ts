// The named things of schema files that have IDs, and the scopes they form.

import type { SourceFile } from "../syntax/source.js";
import type { Declaration, DeclarationOf, Expression } from "../syntax/syntax.js";
import type { Branded } from "./brand.js";
import { childId } from "./ids.js";

export type NodeKind = "file" | "struct" | "enum" | "interface" | "const" | "annotation";

const nodeKinds: ReadonlySet<string> = new Set<NodeKind>([
  "struct",
  "enum",
  "interface",
  "const",
  "annotation",
]);

/** One schema file, parsed. */
export interface Module {
  readonly source: SourceFile;
  /** Where the host finds it. */
  readonly path: string;
  /** How it is named in the request. */
  readonly displayName: string;
  readonly root: SchemaNode;
  /** Of each import, by the path as written. */
  readonly imports: Map<string, Module | undefined>;
  /** The imports that the request lists, as written. */
  readonly listedImports: Set<string>;
}

/** A `using` declaration. */
export interface Alias {
  readonly kind: "alias";
  readonly scope: SchemaNode;
  readonly declaration: DeclarationOf<"using">;
  readonly target: Expression;
  /** What it names, once it has been looked up; null if that failed. */
  resolved?: Branded | null;
  resolving?: boolean;
}

export class SchemaNode {
  readonly kind: NodeKind;
  readonly declaration: Declaration;
  readonly parent: SchemaNode | undefined;
  readonly name: string;
  readonly id: bigint;
  readonly displayName: string;
  /** True if this or a scope around it has type parameters. */
  readonly isGeneric: boolean;
  readonly typeParameters: readonly string[];
  /** In the order of the source. */
  readonly children: SchemaNode[] = [];
  readonly aliases: Alias[] = [];
  /** What names are found in this scope. */
  readonly members: Map<string, SchemaNode | Alias> = new Map();
  module!: Module;

  constructor(
    declaration: Declaration,
    parent: SchemaNode | undefined,
    identity: { readonly id: bigint; readonly displayName: string },
  ) {
    this.kind = declaration.kind as NodeKind;
    this.declaration = declaration;
    this.parent = parent;
    this.name = declaration.name.value;
    this.id = identity.id;
    this.displayName = identity.displayName;
    this.typeParameters = declaration.typeParameters.map(({ value }) => value);
    this.isGeneric = this.typeParameters.length > 0 || (parent?.isGeneric ?? false);
    if (this.kind !== "const" && this.kind !== "annotation") this.#addNested(declaration);
  }

  #addNested(declaration: Declaration): void {
    for (const nested of declaration.nested) {
      if (nested.kind === "using") {
        const { target } = nested;
        const alias: Alias = { kind: "alias", scope: this, declaration: nested, target };
        this.aliases.push(alias);
        this.#addMember(nested.name.value, alias);
      } else if (nodeKinds.has(nested.kind)) {
        const name = nested.name.value;
        const separator = this.kind === "file" ? ":" : ".";
        const displayName = `${this.displayName}${separator}${name}`;
        const id = nested.id?.value ?? childId(this.id, name);
        const child = new SchemaNode(nested, this, { id, displayName });
        this.children.push(child);
        this.#addMember(name, child);
      }
    }
  }

  // The first of several of one name: the others are reported where names are checked.
  #addMember(name: string, member: SchemaNode | Alias): void {
    if (!this.members.has(name)) this.members.set(name, member);
  }

  /** How much of the display name stands before its last part; for files that is the extension. */
  get displayNamePrefixLength(): number {
    const prefix = this.displayName.replace(/[^./:]*$/, "");
    return new TextEncoder().encode(prefix).length;
  }
}

/** Sets the module of `root` and of all below it. */
export function bindModule(root: SchemaNode, module: Module): void {
  root.module = module;
  for (const child of root.children) bindModule(child, module);
}
