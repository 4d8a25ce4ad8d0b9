// Compiles the members of a struct, or the parameters of a method, into fields with their places.

import type { Span } from "../syntax/source.js";
import type { AnnotationUse, Declaration, Expression, Name } from "../syntax/syntax.js";
import { groupId } from "./ids.js";
import { OrdinalChecker } from "./ordinals.js";
import type { RequestField, RequestNode, RequestStruct } from "./request.js";
import type { SchemaType } from "./schema-type.js";
import { dataSizes } from "./schema-type.js";
import { type FieldSpace, MemberSpace, StructSpace, UnionSpace } from "./struct-layout.js";

/** What a struct's members need of the compiler. */
export interface MemberCompiler {
  /** `first` is where the same ordinal stands before. */
  report(span: Span, message: string, first?: Span): void;
  resolveType(expression: Expression): SchemaType | undefined;
  /** Sets the default of the field: at once, or when all declarations are known. */
  compileDefault(field: RequestField, type: SchemaType, value: Expression | undefined): void;
  compileAnnotations(uses: readonly AnnotationUse[], target: string): RequestNode["annotations"];
}

/** A node of the request with the doc comments that belong to it. */
export interface CompiledStruct {
  readonly node: RequestNode;
  readonly docComment: string | undefined;
  readonly memberDocs: (string | undefined)[];
}

/** A field, group or parameter as it is declared. */
interface Member {
  readonly scope: Scope;
  readonly name: Name;
  readonly codeOrder: number;
  readonly isInUnion: boolean;
  readonly docComment: string | undefined;
  readonly annotations: readonly AnnotationUse[];
  /** Where a field goes; undefined for groups and unions. */
  readonly space: FieldSpace | undefined;
  readonly type: Expression | undefined;
  readonly defaultValue: Expression | undefined;
  /** What a group or named union holds. */
  readonly group: Scope | undefined;
  field: RequestField | undefined;
}

/** A struct, group or named union: what has fields, and at most one union among them. */
interface Scope {
  readonly compiled: CompiledStruct;
  readonly struct: RequestStruct;
  readonly member: Member | undefined;
  union: UnionSpace | undefined;
  index: number;
}

interface Numbered {
  readonly span: Span;
  readonly compile: (ordinal: number) => void;
}

// A struct pointer holds the sizes of the two sections in 16 bits each.
const largestSection = 65535;

export class StructCompiler {
  readonly #compiler: MemberCompiler;
  readonly #space = new StructSpace();
  readonly #root: Scope;
  readonly #groups: Scope[] = [];
  readonly #members: Member[] = [];
  readonly #byOrdinal = new Map<number, Numbered[]>();

  constructor(compiler: MemberCompiler, node: RequestNode, docComment: string | undefined) {
    this.#compiler = compiler;
    const struct = node.body as RequestStruct;
    const compiled = { node, docComment, memberDocs: [] };
    this.#root = { compiled, struct, member: undefined, union: undefined, index: 0 };
  }

  /** The struct first, then its groups and named unions, in the order of the source. */
  compileStruct(members: readonly Declaration[], span: Span): CompiledStruct[] {
    this.#addMembers(members, this.#root, this.#space, { next: 0 });
    return this.#finish(span);
  }

  compileParameters(
    parameters: readonly {
      readonly name: Name;
      readonly type: Expression;
      readonly defaultValue: Expression | undefined;
      readonly annotations: readonly AnnotationUse[];
    }[],
    span: Span,
  ): CompiledStruct[] {
    for (const [index, parameter] of parameters.entries()) {
      const member = this.#addMember(this.#root, {
        ...parameter,
        codeOrder: index,
        isInUnion: false,
        docComment: undefined,
        space: this.#space,
        group: undefined,
      });
      this.#number(BigInt(index), parameter.name, () => this.#placeField(member, index));
    }
    return this.#finish(span);
  }

  #addMember(scope: Scope, member: Omit<Member, "scope" | "field">): Member {
    const added: Member = { ...member, scope, field: undefined };
    this.#members.push(added);
    return added;
  }

  #number(value: bigint, span: Span, compile: (ordinal: number) => void): void {
    const ordinal = Number(value);
    const found = this.#byOrdinal.get(ordinal) ?? [];
    found.push({ span, compile });
    this.#byOrdinal.set(ordinal, found);
  }

  #addMembers(
    members: readonly Declaration[],
    scope: Scope,
    space: FieldSpace | UnionSpace,
    codeOrder: { next: number },
  ): void {
    const union = space instanceof UnionSpace ? space : undefined;
    for (const declaration of members) {
      // Each member of a union has all of the union's space for itself.
      const own = union === undefined ? (space as FieldSpace) : new MemberSpace(union);
      switch (declaration.kind) {
        case "field":
          this.#addField(declaration, scope, own, { union, codeOrder });
          break;
        case "group": {
          const group = this.#addGroup(declaration, scope, { union, codeOrder });
          this.#requireMembers(declaration, 1);
          this.#addMembers(declaration.nested, group, own, { next: 0 });
          break;
        }
        case "union":
          this.#addUnion(declaration, scope, own, { union, codeOrder });
          break;
        default:
      }
    }
  }

  #addField(
    declaration: Extract<Declaration, { kind: "field" }>,
    scope: Scope,
    space: FieldSpace,
    around: { readonly union: UnionSpace | undefined; readonly codeOrder: { next: number } },
  ): void {
    const { name, ordinal, type, defaultValue, annotations, docComment } = declaration;
    const member = this.#addMember(scope, {
      name,
      type,
      defaultValue,
      annotations,
      docComment,
      space,
      codeOrder: around.codeOrder.next++,
      isInUnion: around.union !== undefined,
      group: undefined,
    });
    if (ordinal === undefined) return;
    this.#number(ordinal.value, ordinal, (value) => this.#placeField(member, value));
  }

  #addUnion(
    declaration: Extract<Declaration, { kind: "union" }>,
    scope: Scope,
    space: FieldSpace,
    around: { readonly union: UnionSpace | undefined; readonly codeOrder: { next: number } },
  ): void {
    const { name, ordinal, nested } = declaration;
    this.#requireMembers(declaration, 2);
    if (name.value === "") {
      if (around.union !== undefined) {
        this.#compiler.report(name, "A union cannot contain an unnamed union: give it a name.");
      }
      const union = new UnionSpace(space);
      // A second unnamed union is reported where names are checked.
      scope.union ??= union;
      this.#addMembers(nested, scope, union, around.codeOrder);
      return;
    }
    const group = this.#addGroup(declaration, scope, around);
    const union = new UnionSpace(space);
    group.union = union;
    this.#addMembers(nested, group, union, { next: 0 });
    if (ordinal === undefined) return;
    this.#number(ordinal.value, ordinal, (value) => {
      if (group.member !== undefined) this.#fieldOf(group.member).ordinal = value;
      if (union.addDiscriminant()) return;
      const message =
        "The ordinal of a union must be greater than that of at most one of its members: " +
        "only one field can have been there before the union was made around it.";
      this.#compiler.report(ordinal, message);
    });
  }

  #requireMembers(declaration: Declaration, least: 1 | 2): void {
    if (declaration.nested.length >= least) return;
    const text =
      least === 1 ? "A group has at least one member." : "A union has at least two members.";
    this.#compiler.report({ start: declaration.start, end: declaration.end }, text);
  }

  #addGroup(
    declaration: Declaration,
    scope: Scope,
    around: { readonly union: UnionSpace | undefined; readonly codeOrder: { next: number } },
  ): Scope {
    const { name, annotations, docComment } = declaration;
    const outer = scope.compiled.node;
    const displayName = `${outer.displayName}.${name.value}`;
    const struct: RequestStruct = {
      kind: "struct",
      dataWordCount: 0,
      pointerCount: 0,
      isGroup: true,
      discriminantCount: 0,
      discriminantOffset: 0,
      fields: [],
    };
    const node: RequestNode = {
      id: 0n,
      displayName,
      displayNamePrefixLength: new TextEncoder().encode(displayName).length - name.value.length,
      scopeId: 0n,
      parameters: [],
      isGeneric: outer.isGeneric,
      nestedNodes: undefined,
      annotations: [],
      body: struct,
    };
    const group: Scope & { member: Member | undefined } = {
      compiled: { node, docComment, memberDocs: [] },
      struct,
      member: undefined,
      union: undefined,
      index: 0,
    };
    group.member = this.#addMember(scope, {
      name,
      annotations,
      docComment,
      codeOrder: around.codeOrder.next++,
      isInUnion: around.union !== undefined,
      space: undefined,
      type: undefined,
      defaultValue: undefined,
      group,
    });
    this.#groups.push(group);
    return group;
  }

  // Fields are listed in the order in which this is first asked for them, which is that of their
  // ordinals; a group counts as its first field does.
  #fieldOf(member: Member): RequestField {
    if (member.field !== undefined) return member.field;
    const { scope, group } = member;
    if (scope.member !== undefined) this.#fieldOf(scope.member);
    const field: RequestField = {
      name: member.name.value,
      codeOrder: member.codeOrder,
      annotations: [],
      discriminantValue: member.isInUnion ? scope.struct.discriminantCount++ : undefined,
      ordinal: undefined,
      body: { kind: "group", typeId: 0n },
    };
    if (group !== undefined) group.index = scope.struct.fields.length;
    scope.struct.fields.push(field);
    scope.compiled.memberDocs.push(member.docComment);
    member.field = field;
    return field;
  }

  #placeField(member: Member, ordinal: number): void {
    const field = this.#fieldOf(member);
    field.ordinal = ordinal;
    const { space, type: expression, defaultValue } = member;
    if (space === undefined || expression === undefined) return;
    const type = this.#compiler.resolveType(expression);
    if (type === undefined) return;
    field.body = {
      kind: "slot",
      offset: place(space, type),
      type,
      defaultValue: { kind: "void" },
      hadExplicitDefault: defaultValue !== undefined,
    };
    this.#compiler.compileDefault(field, type, defaultValue);
  }

  #finish(span: Span): CompiledStruct[] {
    const checker = new OrdinalChecker((...found) => this.#compiler.report(...found));
    for (const ordinal of [...this.#byOrdinal.keys()].toSorted((a, b) => a - b)) {
      for (const { span, compile } of this.#byOrdinal.get(ordinal) ?? []) {
        checker.check(ordinal, span);
        compile(ordinal);
      }
    }
    for (const scope of [this.#root, ...this.#groups]) this.#finishScope(scope);
    const { dataWordCount, pointerCount } = this.#space;
    if (dataWordCount > largestSection || pointerCount > largestSection) {
      const found = `${dataWordCount} words of data and ${pointerCount} pointers`;
      this.#compiler.report(span, `A struct has at most 65535 of each: this one has ${found}.`);
    }
    for (const { struct } of [this.#root, ...this.#groups]) {
      struct.dataWordCount = dataWordCount;
      struct.pointerCount = pointerCount;
    }
    for (const member of this.#members) {
      if (member.field === undefined) continue;
      const target = member.group === undefined ? this.#fieldTarget : unionOrGroup(member.group);
      const annotations = this.#compiler.compileAnnotations(member.annotations, target);
      member.field.annotations = annotations;
    }
    return [this.#root.compiled, ...this.#groups.map(({ compiled }) => compiled)];
  }

  get #fieldTarget(): string {
    return this.#root.compiled.node.nestedNodes === undefined ? "param" : "field";
  }

  #finishScope(scope: Scope): void {
    const { union, member, struct, compiled } = scope;
    if (union !== undefined) {
      union.addDiscriminant();
      struct.discriminantOffset = union.discriminantOffset ?? 0;
    }
    if (member?.field === undefined) return;
    const outer = member.scope.compiled.node.id;
    const { node } = compiled;
    node.id = groupId(outer, scope.index);
    node.scopeId = outer;
    member.field.body = { kind: "group", typeId: node.id };
  }
}

function unionOrGroup(group: Scope): string {
  // A named union holds nothing but the members of its union.
  const { fields, discriminantCount } = group.struct;
  return discriminantCount > 0 && fields.length === discriminantCount ? "union" : "group";
}

/** Takes the place for a field; its offset in units of its size. */
function place(space: FieldSpace, type: SchemaType): number {
  if (type.kind === "void") {
    space.addVoid();
    return 0;
  }
  const lg = dataSizes[type.kind];
  return lg === undefined ? space.addPointer() : space.addData(lg);
}
