// What the compiler makes: a CodeGeneratorRequest as plain data, named as in schema.capnp.

import type { ObjectPointer } from "./object.js";
import type { Brand, SchemaType } from "./schema-type.js";

export type SchemaValue =
  | { readonly kind: "void" | "interface" }
  | { readonly kind: "bool"; readonly value: boolean }
  | {
      readonly kind: "int8" | "int16" | "int32" | "uint8" | "uint16" | "uint32";
      readonly value: number;
    }
  | { readonly kind: "int64" | "uint64"; readonly value: bigint }
  | { readonly kind: "float32" | "float64" | "enum"; readonly value: number }
  /** Text without its terminating zero; null where nothing was given. */
  | { readonly kind: "text" | "data"; readonly value: Uint8Array | null }
  | { readonly kind: "list" | "struct" | "anyPointer"; readonly value: ObjectPointer };

export interface AppliedAnnotation {
  readonly id: bigint;
  readonly brand: Brand;
  value: SchemaValue;
}

export interface RequestField {
  readonly name: string;
  readonly codeOrder: number;
  annotations: readonly AppliedAnnotation[];
  /** Undefined outside of unions. */
  readonly discriminantValue: number | undefined;
  ordinal: number | undefined;
  body:
    | {
        readonly kind: "slot";
        readonly offset: number;
        readonly type: SchemaType;
        defaultValue: SchemaValue;
        readonly hadExplicitDefault: boolean;
      }
    | { readonly kind: "group"; readonly typeId: bigint };
}

export interface RequestEnumerant {
  readonly name: string;
  readonly codeOrder: number;
  readonly annotations: readonly AppliedAnnotation[];
}

export interface RequestMethod {
  readonly name: string;
  readonly codeOrder: number;
  readonly implicitParameters: readonly string[];
  readonly paramStructType: bigint;
  readonly paramBrand: Brand;
  readonly resultStructType: bigint;
  readonly resultBrand: Brand;
  readonly annotations: readonly AppliedAnnotation[];
}

export interface RequestStruct {
  readonly kind: "struct";
  dataWordCount: number;
  pointerCount: number;
  readonly isGroup: boolean;
  discriminantCount: number;
  discriminantOffset: number;
  readonly fields: RequestField[];
}

export interface RequestNode {
  id: bigint;
  readonly displayName: string;
  readonly displayNamePrefixLength: number;
  scopeId: bigint;
  readonly parameters: readonly string[];
  readonly isGeneric: boolean;
  /** Undefined: of a kind that has none (groups, signatures). */
  readonly nestedNodes: readonly { readonly name: string; readonly id: bigint }[] | undefined;
  annotations: readonly AppliedAnnotation[];
  readonly body:
    | { readonly kind: "file" }
    | RequestStruct
    | { readonly kind: "enum"; readonly enumerants: RequestEnumerant[] }
    | {
        readonly kind: "interface";
        readonly methods: RequestMethod[];
        readonly superclasses: { readonly id: bigint; readonly brand: Brand }[];
      }
    | { readonly kind: "const"; readonly type: SchemaType; value: SchemaValue }
    | {
        readonly kind: "annotation";
        readonly type: SchemaType;
        readonly targets: ReadonlySet<string>;
      };
}

export interface RequestSourceInfo {
  readonly id: bigint;
  readonly docComment: string | undefined;
  /** Undefined: of a kind that has no members. */
  readonly members: readonly (string | undefined)[] | undefined;
}

export interface RequestedFile {
  readonly id: bigint;
  readonly filename: string;
  readonly imports: readonly { readonly id: bigint; readonly name: string }[];
}

export interface Request {
  readonly capnpVersion: { readonly major: number; readonly minor: number; readonly micro: number };
  readonly nodes: readonly RequestNode[];
  readonly sourceInfo: readonly RequestSourceInfo[];
  readonly requestedFiles: readonly RequestedFile[];
}
