// What type parameters are bound to.

import {
  Brand_Binding_Which,
  Brand_Scope_Which,
  type BrandReader,
  type TypeReader,
} from "../schema/schema.capnp.js";
import { elementsOf } from "./elements.js";
import { type Type, typeKey } from "./type.js";

/** The bindings by the id of the declaration that has the parameters. */
export type Brand = ReadonlyMap<bigint, readonly Type[]>;

export const noBrand: Brand = new Map();

/** A brand as a schema says it, where `outer` are the bindings of the place where it stands. */
export function readBrand(
  brand: BrandReader,
  outer: Brand,
  readType: (type: TypeReader, brand: Brand) => Type,
): Brand {
  const scopes = new Map<bigint, readonly Type[]>();
  for (const scope of elementsOf(brand.scopes)) {
    if (scope.which() === Brand_Scope_Which.inherit) {
      const inherited = outer.get(scope.scopeId);
      if (inherited !== undefined) scopes.set(scope.scopeId, inherited);
      continue;
    }
    const types = elementsOf(scope.bind).map((binding): Type => {
      const isBound = binding.which() === Brand_Binding_Which.type;
      return isBound ? readType(binding.type, outer) : { kind: "anyPointer" };
    });
    scopes.set(scope.scopeId, types);
  }
  return scopes;
}

/** What tells brands apart. */
export function brandKey(brand: Brand): string {
  const scopes = [...brand]
    .filter(([, types]) => types.some((type) => type.kind !== "anyPointer"))
    .map(([id, types]) => `${id.toString(16)}(${types.map(typeKey).join(",")})`);
  return scopes.sort().join(";");
}
