// Compiles declarations into nodes of the request, each when it is first needed.
//
// Two steps, as values may speak of declarations that speak of them: the first makes everything
// but objects (lists and structs in values), the second makes those. What needs itself within one
// step is an endless recursion in the schema, and reported.

import type { Span } from "../syntax/source.js";
import type {
  AnnotationUse,
  Declaration,
  DeclarationOf,
  Expression,
  Signature,
} from "../syntax/syntax.js";
import { expressionText } from "../syntax/syntax.js";
import { BrandScope } from "./brand.js";
import { signatureId } from "./ids.js";
import { newSignatureNode, newStructBody } from "./new-node.js";
import { OrdinalChecker } from "./ordinals.js";
import type {
  AppliedAnnotation,
  RequestField,
  RequestMethod,
  RequestNode,
  RequestSourceInfo,
  RequestStruct,
  SchemaValue,
} from "./request.js";
import type { Place, Resolver } from "./resolver.js";
import type { SchemaNode } from "./schema-node.js";
import { type Brand, isObjectType, isPointerType, type SchemaType } from "./schema-type.js";
import { zeroOf } from "./stored-value.js";
import { type CompiledStruct, type MemberCompiler, StructCompiler } from "./struct-compiler.js";
import { type Declarations, ValueCompiler } from "./value-compiler.js";

/** A declaration and what belongs to it: groups of a struct, signatures of an interface. */
export interface CompiledNode {
  readonly node: RequestNode;
  readonly auxiliary: RequestNode[];
  readonly sourceInfo: RequestSourceInfo[];
  /** Objects still to be made. */
  readonly unfinished: (() => void)[];
}

interface Progress {
  compiled: CompiledNode | undefined;
  state: "compiling" | "compiled" | "finishing" | "finished";
}

/** How long a chain of constants that stand for one another may be: recursion follows it. */
const longestChain = 200;

/** What node compilation needs of the whole. */
export interface NodeEnvironment {
  readonly resolver: Resolver;
  /** The result type of `-> stream`; undefined after reporting why there is none. */
  streamResult(node: SchemaNode, span: Span): SchemaNode | undefined;
  readEmbedded(place: Place, path: string): Uint8Array | undefined;
}

export class NodeCompiler implements Declarations {
  readonly #environment: NodeEnvironment;
  readonly #resolver: Resolver;
  readonly #values: ValueCompiler;
  readonly #progress = new Map<SchemaNode, Progress>();
  #depth = 0;
  readonly #groups = new Map<bigint, RequestStruct>();

  constructor(environment: NodeEnvironment) {
    this.#environment = environment;
    this.#resolver = environment.resolver;
    this.#values = new ValueCompiler(environment.resolver, this);
  }

  /** The node with all its values; undefined if it depends on itself. */
  finish(node: SchemaNode): CompiledNode | undefined {
    const compiled = this.#compile(node);
    const progress = this.#progress.get(node);
    if (compiled === undefined || progress === undefined) return undefined;
    if (progress.state === "finishing") return this.#reportRecursion(node);
    if (progress.state === "compiled") {
      progress.state = "finishing";
      this.#depth++;
      if (this.#depth <= longestChain) for (const complete of compiled.unfinished) complete();
      else this.#reportRecursion(node);
      this.#depth--;
      progress.state = "finished";
    }
    return compiled;
  }

  #compile(node: SchemaNode): CompiledNode | undefined {
    const found = this.#progress.get(node);
    if (found?.state === "compiling") return this.#reportRecursion(node);
    if (found !== undefined) return found.compiled;
    if (this.#depth >= longestChain) {
      const message = `This depends on a chain of more than ${longestChain} other declarations.`;
      this.#resolver.report(node, node.declaration.name, message);
      return undefined;
    }
    const progress: Progress = { compiled: undefined, state: "compiling" };
    this.#progress.set(node, progress);
    this.#depth++;
    progress.compiled = this.#compileNode(node);
    this.#depth--;
    progress.state = "compiled";
    return progress.compiled;
  }

  #reportRecursion(node: SchemaNode): undefined {
    const message = `'${node.name}' depends on itself.`;
    this.#resolver.report(node, node.declaration.name, message);
  }

  structOf(node: SchemaNode): RequestStruct | undefined {
    return this.#compile(node)?.node.body as RequestStruct | undefined;
  }

  groupOf(typeId: bigint): RequestStruct | undefined {
    return this.#groups.get(typeId);
  }

  enumerantsOf(node: SchemaNode): readonly string[] {
    const body = this.#compile(node)?.node.body;
    return body?.kind === "enum" ? body.enumerants.map(({ name }) => name) : [];
  }

  constantOf(node: SchemaNode): { type: SchemaType; value: SchemaValue } | undefined {
    const body = this.#compile(node)?.node.body;
    if (body?.kind !== "const") return undefined;
    if (isObjectType(body.type) && this.finish(node) === undefined) return undefined;
    return body;
  }

  readEmbedded(place: Place, path: string): Uint8Array | undefined {
    return this.#environment.readEmbedded(place, path);
  }

  #compileNode(node: SchemaNode): CompiledNode {
    const { declaration } = node;
    switch (declaration.kind) {
      case "struct":
        return this.#compileStruct(node, declaration);
      case "enum":
        return this.#compileEnum(node, declaration);
      case "interface":
        return this.#compileInterface(node, declaration);
      case "const":
        return this.#compileConst(node, declaration);
      case "annotation":
        return this.#compileAnnotationDeclaration(node, declaration);
      default: {
        const compiled = this.#newNode(node, { kind: "file" }, undefined);
        return this.#annotate(compiled, node, "file");
      }
    }
  }

  #newNode(
    node: SchemaNode,
    body: RequestNode["body"],
    members: readonly (string | undefined)[] | undefined,
  ): CompiledNode {
    const { id, displayName, displayNamePrefixLength, isGeneric, typeParameters } = node;
    const request: RequestNode = {
      id,
      displayName,
      displayNamePrefixLength,
      scopeId: node.parent?.id ?? 0n,
      parameters: typeParameters,
      isGeneric,
      nestedNodes: node.children.map((child) => ({ name: child.name, id: child.id })),
      annotations: [],
      body,
    };
    const { docComment } = node.declaration;
    const sourceInfo = [{ id, docComment, members }];
    return { node: request, auxiliary: [], sourceInfo, unfinished: [] };
  }

  #annotate(compiled: CompiledNode, node: SchemaNode, target: string): CompiledNode {
    const { annotations } = node.declaration;
    compiled.node.annotations = this.#compileAnnotations(annotations, target, { node }, compiled);
    return compiled;
  }

  #compileConst(node: SchemaNode, declaration: DeclarationOf<"const">): CompiledNode {
    const place = { node };
    const known = this.#resolver.resolveType(declaration.type, place);
    const type = known ?? { kind: "void" };
    const body: Extract<RequestNode["body"], { kind: "const" }> = {
      kind: "const",
      type,
      value: zeroOf(type),
    };
    const compiled = this.#newNode(node, body, undefined);
    if (known !== undefined) {
      this.#compileValue(compiled, { expression: declaration.value, type, place }, (value) => {
        body.value = value;
      });
    }
    return this.#annotate(compiled, node, "const");
  }

  // Objects wait for the second step.
  #compileValue(
    compiled: CompiledNode,
    of: { readonly expression: Expression; readonly type: SchemaType; readonly place: Place },
    set: (value: SchemaValue) => void,
  ): void {
    const compile = (): void => {
      const value = this.#values.compile(of.expression, of.type, of.place);
      if (value !== undefined) set(value);
    };
    if (isObjectType(of.type)) compiled.unfinished.push(compile);
    else compile();
  }

  #compileAnnotationDeclaration(
    node: SchemaNode,
    declaration: DeclarationOf<"annotation">,
  ): CompiledNode {
    const place = { node, unlisted: true };
    const type = this.#resolver.resolveType(declaration.type, place) ?? { kind: "void" };
    const { targets } = declaration;
    const compiled = this.#newNode(node, { kind: "annotation", type, targets }, undefined);
    return this.#annotate(compiled, node, "annotation");
  }

  #compileAnnotations(
    uses: readonly AnnotationUse[],
    target: string,
    place: Place,
    compiled: CompiledNode,
  ): readonly AppliedAnnotation[] {
    const applied: AppliedAnnotation[] = [];
    for (const use of uses) {
      const annotation = this.#compileAnnotation(use, target, place, compiled);
      if (annotation !== undefined) applied.push(annotation);
    }
    return applied;
  }

  #compileAnnotation(
    use: AnnotationUse,
    target: string,
    place: Place,
    compiled: CompiledNode,
  ): AppliedAnnotation | undefined {
    const branded = this.#resolver.resolve(use.target, place);
    if (branded === undefined) return undefined;
    const shown = expressionText(use.target);
    if (branded.kind !== "node" || branded.node.kind !== "annotation") {
      this.#resolver.report(place.node, use.target, `'${shown}' is not an annotation.`);
      return undefined;
    }
    const body = this.#compile(branded.node)?.node.body;
    if (body?.kind !== "annotation") return undefined;
    if (!body.targets.has(target)) {
      const targets = [...body.targets].join(", ") || "nothing";
      const message = `'${shown}' does not apply to this (${target}), only to: ${targets}.`;
      this.#resolver.report(place.node, use.target, message);
    }
    const brand = this.#resolver.brandOf(branded.brand, place);
    const type = this.#resolver.bind(body.type, brand);
    const annotation: AppliedAnnotation = { id: branded.node.id, brand, value: zeroOf(type) };
    if (use.value !== undefined) {
      this.#compileValue(compiled, { expression: use.value, type, place }, (value) => {
        annotation.value = value;
      });
    } else if (type.kind !== "void") {
      this.#resolver.report(place.node, use.target, `'${shown}' needs a value: $${shown}(…).`);
    }
    return annotation;
  }

  #compileEnum(node: SchemaNode, declaration: Declaration): CompiledNode {
    const checker = new OrdinalChecker((...found) => this.#resolver.report(node, ...found));
    const enumerants = enumerantsByOrdinal(declaration);
    for (const { ordinal } of enumerants) {
      if (ordinal !== undefined) checker.check(Number(ordinal.value), ordinal);
    }
    const docs = enumerants.map(({ docComment }) => docComment);
    const order = declaration.nested.filter(({ kind }) => kind === "enumerant");
    const body: RequestNode["body"] = { kind: "enum", enumerants: [] };
    const compiled = this.#newNode(node, body, docs);
    for (const enumerant of enumerants) {
      const { annotations } = enumerant;
      body.enumerants.push({
        name: enumerant.name.value,
        codeOrder: order.indexOf(enumerant),
        annotations: this.#compileAnnotations(annotations, "enumerant", { node }, compiled),
      });
    }
    return this.#annotate(compiled, node, "enum");
  }

  #memberCompiler(compiled: CompiledNode, place: Place, inSignature: boolean): MemberCompiler {
    return {
      report: (...found) => this.#resolver.report(place.node, ...found),
      resolveType: (expression) => this.#resolver.resolveType(expression, place),
      compileDefault: (field, type, expression) => {
        if (field.body.kind !== "slot") return;
        field.body.defaultValue = zeroOf(type);
        if (expression === undefined) return;
        if (inSignature && isNull(expression)) {
          if (isPointerType(type)) return;
          const message = "Only parameters of pointer types can have the default 'null'.";
          this.#resolver.report(place.node, expression, message);
          return;
        }
        this.#compileValue(compiled, { expression, type, place }, (value) => {
          setDefault(field, value);
        });
      },
      compileAnnotations: (uses, target) => this.#compileAnnotations(uses, target, place, compiled),
    };
  }

  #compileStruct(node: SchemaNode, declaration: Declaration): CompiledNode {
    const body = newStructBody();
    const compiled = this.#newNode(node, body, undefined);
    compiled.sourceInfo.length = 0;
    const { docComment, nested } = declaration;
    const members = this.#memberCompiler(compiled, { node }, false);
    const compiler = new StructCompiler(members, compiled.node, docComment);
    const structs = compiler.compileStruct(nested, declaration.name);
    this.#addStructs(compiled, structs);
    for (const { node: group } of structs.slice(1)) {
      this.#groups.set(group.id, group.body as RequestStruct);
    }
    return this.#annotate(compiled, node, "struct");
  }

  #addStructs(compiled: CompiledNode, structs: readonly CompiledStruct[]): void {
    for (const { node, docComment, memberDocs } of structs) {
      if (node !== compiled.node) compiled.auxiliary.push(node);
      const members = memberDocs.length === 0 ? undefined : memberDocs;
      // The C++ compiler does not give signatures their ID here, so nor does this one.
      const id = node.nestedNodes === undefined && node.scopeId === 0n ? 0n : node.id;
      compiled.sourceInfo.push({ id, docComment, members });
    }
  }

  #compileInterface(node: SchemaNode, declaration: DeclarationOf<"interface">): CompiledNode {
    const methods = membersByOrdinal(declaration, "method") as DeclarationOf<"method">[];
    const docs = methods.map(({ docComment }) => docComment);
    const body: Extract<RequestNode["body"], { kind: "interface" }> = {
      kind: "interface",
      methods: [],
      superclasses: [],
    };
    const compiled = this.#newNode(node, body, docs);
    for (const superclass of declaration.superclasses) {
      const type = this.#resolver.resolveType(superclass, { node });
      if (type?.kind === "interface")
        body.superclasses.push({ id: type.node.id, brand: type.brand });
      else if (type !== undefined) this.#reportSuperclass(node, superclass, type);
    }
    const checker = new OrdinalChecker((...found) => this.#resolver.report(node, ...found));
    const order = declaration.nested.filter(({ kind }) => kind === "method");
    for (const method of methods) {
      if (method.ordinal === undefined) continue;
      checker.check(Number(method.ordinal.value), method.ordinal);
      const codeOrder = order.indexOf(method);
      const made = this.#compileMethod(compiled, node, method, codeOrder);
      if (made !== undefined) body.methods.push(made);
    }
    return this.#annotate(compiled, node, "interface");
  }

  #reportSuperclass(node: SchemaNode, superclass: Expression, type: SchemaType): void {
    const shown = expressionText(superclass);
    const message =
      type.kind === "parameter"
        ? `'${shown}' is a type parameter: it cannot be extended.`
        : `'${shown}' is not an interface.`;
    this.#resolver.report(node, superclass, message);
  }

  #compileMethod(
    compiled: CompiledNode,
    node: SchemaNode,
    method: DeclarationOf<"method">,
    codeOrder: number,
  ): RequestMethod | undefined {
    const at = { compiled, node, method };
    const parameters = this.#compileSignature(at, method.parameters, false);
    // Without `->` the method has results without fields.
    const { start, end } = method.name;
    const none: Signature = { kind: "parameters", parameters: [], start, end };
    const results = this.#compileSignature(at, method.results ?? none, true);
    const annotations = this.#compileAnnotations(method.annotations, "method", { node }, compiled);
    if (parameters === undefined || results === undefined) return undefined;
    return {
      name: method.name.value,
      codeOrder,
      implicitParameters: method.typeParameters.map(({ value }) => value),
      paramStructType: parameters.id,
      paramBrand: parameters.brand,
      resultStructType: results.id,
      resultBrand: results.brand,
      annotations,
    };
  }

  #compileSignature(
    at: {
      readonly compiled: CompiledNode;
      readonly node: SchemaNode;
      readonly method: DeclarationOf<"method">;
    },
    signature: Signature,
    isResults: boolean,
  ): { readonly id: bigint; readonly brand: Brand } | undefined {
    const { node, method, compiled } = at;
    const names = method.typeParameters.map(({ value }) => value);
    switch (signature.kind) {
      case "stream": {
        const result = this.#environment.streamResult(node, signature);
        return result && { id: result.id, brand: [] };
      }
      case "type": {
        const place = { node, implicit: { names, scopeId: undefined } };
        const type = this.#resolver.resolveType(signature.type, place);
        if (type?.kind === "struct") return { id: type.node.id, brand: type.brand };
        if (type !== undefined) this.#reportSignature(node, signature.type, type);
        return undefined;
      }
      case "parameters": {
        const ordinal = Number(method.ordinal?.value ?? 0n);
        const id = signatureId(node.id, ordinal, isResults);
        const struct = newSignatureNode({ id, node, method, isResults });
        const place = { node, implicit: { names, scopeId: id } };
        const members = this.#memberCompiler(compiled, place, true);
        const compiler = new StructCompiler(members, struct, undefined);
        const structs = compiler.compileParameters(signature.parameters, signature);
        this.#addStructs(compiled, structs);
        const brand = this.#resolver.brandOf(BrandScope.within(node), { node });
        return { id, brand };
      }
    }
  }

  #reportSignature(node: SchemaNode, expression: Expression, type: SchemaType): void {
    const shown = expressionText(expression);
    const message =
      type.kind === "parameter" || type.kind === "implicit"
        ? `'${shown}' is a type parameter: it cannot be all of a method's parameters or results. ` +
          "Write a list of parameters, one of which has this type."
        : `'${shown}' is not a struct: parameters and results are.`;
    this.#resolver.report(node, expression, message);
  }
}

function isNull(expression: Expression): boolean {
  return expression.kind === "relative-name" && expression.name.value === "null";
}

function setDefault(field: RequestField, value: SchemaValue): void {
  if (field.body.kind === "slot") field.body.defaultValue = value;
}

function membersByOrdinal(declaration: Declaration, kind: string): Declaration[] {
  return declaration.nested
    .filter((member) => member.kind === kind)
    .toSorted((a, b) => Number((a.ordinal?.value ?? 0n) - (b.ordinal?.value ?? 0n)));
}

function enumerantsByOrdinal(declaration: Declaration): Declaration[] {
  return membersByOrdinal(declaration, "enumerant");
}
