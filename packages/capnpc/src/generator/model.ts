// A CodeGeneratorRequest as plain objects, checked: what the generator writes code from.
// The names follow schema.capnp, which says what each part means.

/** All that was compiled, and which files were asked for. */
export interface SchemaRequest {
  readonly nodes: ReadonlyMap<bigint, SchemaNode>;
  readonly files: readonly RequestedFile[];
}

export interface RequestedFile {
  readonly id: bigint;
  /** Relative to the output folder, with slashes: `"models/person.capnp"`. */
  readonly filename: string;
  readonly imports: readonly FileImport[];
}

export interface FileImport {
  readonly id: bigint;
  /** As the importing file spells it: `"person.capnp"`, or `"/capnp/c++.capnp"`. */
  readonly name: string;
}

export interface SchemaNode {
  readonly id: bigint;
  /** Such as `"person.capnp:Person.Phone"`. */
  readonly displayName: string;
  /** Without its scope's: `"Phone"`. */
  readonly shortName: string;
  /** Zero for a file, and for the structs that a method's parameter list makes. */
  readonly scopeId: bigint;
  readonly parameters: readonly string[];
  readonly nested: readonly NestedNode[];
  readonly comment: string;
  readonly annotations: readonly Annotation[];
  readonly body: NodeBody;
}

export interface NestedNode {
  readonly name: string;
  readonly id: bigint;
}

export type NodeBody =
  | { readonly kind: "file" }
  | StructBody
  | EnumBody
  | InterfaceBody
  | ConstantBody
  | AnnotationBody;

export interface StructBody {
  readonly kind: "struct";
  readonly dataWords: number;
  readonly pointers: number;
  readonly isGroup: boolean;
  readonly discriminantCount: number;
  /** In bytes. */
  readonly discriminantOffset: number;
  /** In the order of the source. */
  readonly fields: readonly Field[];
  /** The same by ordinal: the order in which they were added. */
  readonly ordered: readonly Field[];
}

export interface Field {
  readonly name: string;
  readonly comment: string;
  readonly annotations: readonly Annotation[];
  /** Its value of the discriminant, or undefined outside a union. */
  readonly discriminant: number | undefined;
  /** Such as `@3`, where the source says so. */
  readonly ordinal: number | undefined;
  readonly body: SlotBody | GroupBody;
}

export interface SlotBody {
  readonly kind: "slot";
  /** In units of the field's size: bits for Bool, pointers for a pointer. */
  readonly offset: number;
  readonly type: Type;
  readonly defaultValue: Value;
  readonly hasDefault: boolean;
}

export interface GroupBody {
  readonly kind: "group";
  readonly id: bigint;
}

export interface EnumBody {
  readonly kind: "enum";
  /** By value. */
  readonly enumerants: readonly Enumerant[];
}

export interface Enumerant {
  readonly name: string;
  readonly comment: string;
  readonly codeOrder: number;
}

export interface InterfaceBody {
  readonly kind: "interface";
  readonly methods: readonly Method[];
  readonly superclasses: readonly bigint[];
}

export interface Method {
  readonly name: string;
  readonly comment: string;
  readonly parameterStruct: bigint;
  readonly resultStruct: bigint;
}

export interface ConstantBody {
  readonly kind: "const";
  readonly type: Type;
  readonly value: Value;
}

export interface AnnotationBody {
  readonly kind: "annotation";
  readonly type: Type;
}

/** A use of an annotation. */
export interface Annotation {
  readonly id: bigint;
}

export type NumberKind =
  | "int8"
  | "int16"
  | "int32"
  | "int64"
  | "uint8"
  | "uint16"
  | "uint32"
  | "uint64"
  | "float32"
  | "float64";

export type Type =
  | { readonly kind: "void" | "bool" | "text" | "data" | NumberKind }
  | { readonly kind: "list"; readonly element: Type }
  | { readonly kind: "enum"; readonly id: bigint }
  | { readonly kind: "struct" | "interface"; readonly id: bigint; readonly brand: Brand }
  | { readonly kind: "anyPointer" | "anyStruct" | "anyList" | "capability" }
  | { readonly kind: "parameter"; readonly scopeId: bigint; readonly index: number };

/** What the parameters of a scope are bound to; `"inherit"` passes them through. */
export type Brand = ReadonlyMap<bigint, "inherit" | readonly (Type | undefined)[]>;

export type Value =
  | { readonly kind: "void" | "interface" }
  | { readonly kind: "bool"; readonly value: boolean }
  | { readonly kind: "number"; readonly value: number }
  | { readonly kind: "bigint"; readonly value: bigint }
  | { readonly kind: "enum"; readonly value: number }
  | { readonly kind: "text"; readonly value: string }
  /** Also of Data. A message of one segment without framing, or undefined for a null pointer. */
  | { readonly kind: "pointer"; readonly words: Uint8Array | undefined };
