// The schemas of a program that has no generated code: loaded at run time, asked for by name.

import { CapnpRangeError, CapnpTypeError } from "../errors.js";
import {
  Node_Which,
  type NodeReader,
  Type_AnyPointer_Which,
  Type_Which,
  type TypeReader,
} from "../schema/schema.capnp.js";
import { type Brand, brandKey, noBrand, readBrand } from "./brand.js";
import { elementsOf } from "./elements.js";
import { EnumSchema } from "./enum-schema.js";
import { makeFields } from "./make-fields.js";
import type { AnnotationSchema, ConstantSchema, InterfaceSchema, Method } from "./other-schemas.js";
import { readAnnotations, readValue } from "./read-value.js";
import { type SchemaFile, SchemaRequest, schemaError } from "./request.js";
import { StructSchema } from "./struct-schema.js";
import { anyKinds, plainKinds, type Type, typeName } from "./type.js";
import { parseTypeName } from "./type-name.js";

/**
 * Schemas, compiled but not generated: what `capnp compile -o-` prints.
 *
 * ```ts
 * const schemas = SchemaSet.fromRequest(request);
 * const person = MessageReader.fromFlat(bytes).getRoot(schemas.struct("Person"));
 * console.log(person.get("name")); // prints Ada
 * ```
 */
export class SchemaSet {
  readonly #request: SchemaRequest;
  readonly #structs = new Map<string, StructSchema>();
  readonly #enums = new Map<bigint, EnumSchema>();
  readonly #interfaces = new Map<bigint, InterfaceSchema>();

  private constructor(request: SchemaRequest) {
    this.#request = request;
  }

  /**
   * Loads a `CodeGeneratorRequest`, a message in the stream framing.
   * @throws MalformedMessageError for what is no message
   * @throws CapnpError `ERR_TIDEMARK_CAPNP_SCHEMA` for a message that is no request; of a schema
   *   that contradicts itself, when what does so is first used
   */
  static fromRequest(bytes: Uint8Array): SchemaSet {
    if (!(bytes instanceof Uint8Array)) {
      throw new CapnpTypeError(`a request must be a Uint8Array, got ${typeof bytes}`);
    }
    return new SchemaSet(new SchemaRequest(bytes));
  }

  /** The files that were compiled, without those that they import. */
  get files(): readonly SchemaFile[] {
    return this.#request.files;
  }

  /** The structs that programs may ask for by name: no groups, and no parameters of methods. */
  get structNames(): string[] {
    return [...this.#request.nodes]
      .filter((node) => node.which() === Node_Which.struct && node.scopeId !== 0n)
      .filter((node) => !node.struct.isGroup)
      .map((node) => this.#request.nameOf(node));
  }

  /**
   * A struct by its name within its file (`Person.Phone`), with the file where that is not enough
   * (`people.capnp:Person`), with type parameters (`Box(List(Text))`), or by its id.
   * @throws CapnpRangeError when there is none
   */
  struct(name: string | bigint): StructSchema {
    if (typeof name === "bigint") return this.#structOf(name, noBrand);
    const type = this.type(name);
    if (type.kind === "struct") return type.schema;
    throw new CapnpRangeError(`${name} is no struct`);
  }

  /** An enum by its name or id. @throws CapnpRangeError when there is none */
  enum(name: string | bigint): EnumSchema {
    return this.#enumOf(this.#find(name, Node_Which.enum, "enum").id);
  }

  /** An interface by its name or id. @throws CapnpRangeError when there is none */
  interface(name: string | bigint): InterfaceSchema {
    return this.#interfaceOf(this.#find(name, Node_Which.interface, "interface").id);
  }

  /** A constant by its name or id. @throws CapnpRangeError when there is none */
  constant(name: string | bigint): ConstantSchema {
    const node = this.#find(name, Node_Which.const, "constant");
    const type = this.#readType(node.const.type, noBrand);
    return { ...this.#declared(node), type, value: readValue(node.const.value, type) };
  }

  /** The declaration of an annotation by its name or id. @throws CapnpRangeError */
  annotation(name: string | bigint): AnnotationSchema {
    const node = this.#find(name, Node_Which.annotation, "annotation");
    return { ...this.#declared(node), type: this.#readType(node.annotation.type, noBrand) };
  }

  /** A type as the schema language writes it: `List(Person)`. @throws CapnpRangeError */
  type(name: string): Type {
    return parseTypeName(name, (declared, parameters) => {
      const node = this.#request.find(declared);
      const names = elementsOf(node.parameters).map((parameter) => parameter.name);
      if (parameters.length > 0 && parameters.length !== names.length) {
        throw new CapnpRangeError(
          `${declared} has ${names.length} type parameters, got ${parameters.length}`,
        );
      }
      const brand = parameters.length > 0 ? new Map([[node.id, parameters]]) : noBrand;
      return this.#typeOf(node, brand);
    });
  }

  #find(name: string | bigint, which: number, what: string): NodeReader {
    const node = typeof name === "bigint" ? this.#request.node(name) : this.#request.find(name);
    if (node.which() === which) return node;
    throw new CapnpRangeError(`${String(name)} is no ${what}`);
  }

  #typeOf(node: NodeReader, brand: Brand): Type {
    switch (node.which()) {
      case Node_Which.struct:
        return { kind: "struct", schema: this.#structOf(node.id, brand) };
      case Node_Which.enum:
        return { kind: "enum", schema: this.#enumOf(node.id) };
      case Node_Which.interface:
        return { kind: "interface", schema: this.#interfaceOf(node.id) };
      default:
        throw new CapnpRangeError(`${this.#request.nameOf(node)} is no type`);
    }
  }

  #structOf(id: bigint, brand: Brand, isGroup = false): StructSchema {
    const key = `${id.toString(16)}<${brandKey(brand)}>`;
    let schema = this.#structs.get(key);
    if (schema === undefined) {
      schema = this.#makeStruct(id, brand, key, isGroup);
      this.#structs.set(key, schema);
    }
    return schema;
  }

  #makeStruct(id: bigint, brand: Brand, key: string, isGroup: boolean): StructSchema {
    const node = this.#request.node(id);
    const name = this.#request.nameOf(node);
    if (node.which() !== Node_Which.struct || node.struct.isGroup !== isGroup) {
      throw schemaError(`${name} is not the ${isGroup ? "group" : "struct"} it is said to be`);
    }
    const { dataWordCount, pointerCount, discriminantCount, discriminantOffset } = node.struct;
    const discriminantAt = discriminantOffset * 2;
    if (discriminantCount > 0 && discriminantAt + 2 > dataWordCount * 8) {
      throw schemaError(`the discriminant of ${name} is outside of its data section`);
    }
    return new StructSchema({
      ...this.#declared(node),
      name: name + parameterNames(node, brand),
      key,
      isGroup,
      dataByteLength: dataWordCount * 8,
      pointerCount,
      memberCount: discriminantCount,
      discriminantAt,
      fields: (struct) =>
        makeFields(struct, node, {
          type: (type) => this.#readType(type, brand),
          group: (groupId) => this.#groupOf(groupId, node, brand),
          annotationType: (annotationId) => this.#annotationType(annotationId),
        }),
    });
  }

  #groupOf(id: bigint, holder: NodeReader, brand: Brand): StructSchema {
    const node = this.#request.node(id);
    const name = this.#request.nameOf(node);
    // Each group belongs to one struct or group, so none is inside itself.
    if (node.scopeId !== holder.id || node.id === holder.id) {
      throw schemaError(`the group ${name} is not one of ${this.#request.nameOf(holder)}`);
    }
    const { dataWordCount, pointerCount } = node.struct;
    const { dataWordCount: mostWords, pointerCount: mostPointers } = holder.struct;
    if (dataWordCount > mostWords || pointerCount > mostPointers) {
      throw schemaError(`the group ${name} is larger than its struct`);
    }
    return this.#structOf(id, brand, true);
  }

  #enumOf(id: bigint): EnumSchema {
    let schema = this.#enums.get(id);
    if (schema === undefined) {
      const node = this.#request.node(id);
      const { name, annotations } = this.#declared(node);
      if (node.which() !== Node_Which.enum)
        throw schemaError(`${name} is not the enum it is said to be`);
      const enumerants = elementsOf(node.enum.enumerants).map((enumerant) => ({
        name: enumerant.name,
        codeOrder: enumerant.codeOrder,
        annotations: readAnnotations(enumerant.annotations, (id) => this.#annotationType(id)),
      }));
      schema = new EnumSchema(id, name, annotations, enumerants);
      this.#enums.set(id, schema);
    }
    return schema;
  }

  #interfaceOf(id: bigint): InterfaceSchema {
    const made = this.#interfaces.get(id);
    if (made !== undefined) return made;
    const node = this.#request.node(id);
    if (node.which() !== Node_Which.interface) {
      throw schemaError(`${this.#request.nameOf(node)} is not the interface it is said to be`);
    }
    const superclasses = elementsOf(node.interface.superclasses).map((each) => each.id);
    const methods = (): readonly Method[] => this.#methodsOf(node);
    let read: readonly Method[] | undefined;
    const schema: InterfaceSchema = {
      ...this.#declared(node),
      superclasses,
      // Only when asked for: methods may lead to one another's interfaces.
      get methods() {
        read ??= methods();
        return read;
      },
    };
    this.#interfaces.set(id, schema);
    return schema;
  }

  #methodsOf(node: NodeReader): readonly Method[] {
    return elementsOf(node.interface.methods).map((method) => ({
      name: method.name,
      codeOrder: method.codeOrder,
      annotations: readAnnotations(method.annotations, (id) => this.#annotationType(id)),
      parameters: this.#structOf(method.paramStructType, this.#readBrand(method.paramBrand)),
      results: this.#structOf(method.resultStructType, this.#readBrand(method.resultBrand)),
    }));
  }

  #declared(node: NodeReader): Pick<StructSchema, "id" | "name" | "annotations"> {
    return {
      id: node.id,
      name: this.#request.nameOf(node),
      annotations: readAnnotations(node.annotations, (id) => this.#annotationType(id)),
    };
  }

  /** Undefined where the declaration of an annotation is not part of the request. */
  #annotationType(id: bigint): Type | undefined {
    if (!this.#request.hasNode(id)) return undefined;
    const node = this.#request.node(id);
    if (node.which() !== Node_Which.annotation) return undefined;
    return this.#readType(node.annotation.type, noBrand);
  }

  #readBrand(brand: Parameters<typeof readBrand>[0], outer: Brand = noBrand): Brand {
    return readBrand(brand, outer, (type, inner) => this.#readType(type, inner));
  }

  #readType(type: TypeReader, brand: Brand): Type {
    const which = type.which();
    const plain = plainKinds[which];
    if (plain !== undefined) return { kind: plain };
    switch (which) {
      case Type_Which.list:
        return { kind: "list", element: this.#readType(type.list.elementType, brand) };
      case Type_Which.enum:
        return { kind: "enum", schema: this.#enumOf(type.enum.typeId) };
      case Type_Which.struct: {
        const { typeId, brand: inner } = type.struct;
        return { kind: "struct", schema: this.#structOf(typeId, this.#readBrand(inner, brand)) };
      }
      case Type_Which.interface:
        return { kind: "interface", schema: this.#interfaceOf(type.interface.typeId) };
      case Type_Which.anyPointer:
        return this.#readAnyPointer(type, brand);
      default:
        throw schemaError(`the schema has a type of number ${which}, which is not known`);
    }
  }

  #readAnyPointer(type: TypeReader, brand: Brand): Type {
    const { anyPointer } = type;
    if (anyPointer.which() === Type_AnyPointer_Which.parameter) {
      const { scopeId, parameterIndex } = anyPointer.parameter;
      return brand.get(scopeId)?.[parameterIndex] ?? { kind: "anyPointer" };
    }
    if (anyPointer.which() !== Type_AnyPointer_Which.unconstrained) return { kind: "anyPointer" };
    return { kind: anyKinds[anyPointer.unconstrained.which()] ?? "anyPointer" };
  }
}

/** The parameters behind the name of a bound struct: `(Text)`. */
function parameterNames(node: NodeReader, brand: Brand): string {
  const types = brand.get(node.id) ?? [];
  return types.length === 0 ? "" : `(${types.map(typeName).join(", ")})`;
}
