// The fields of one struct or group as its classes have them.

import { slotBits } from "./layout.js";
import type { Field, GroupBody, SlotBody, StructBody } from "./model.js";
import { capitalized, memberNames } from "./names.js";
import { pointerKind } from "./pointer-code.js";

/** What the accessors of a field are called. */
export interface MemberNames {
  readonly get: string;
  readonly number: string;
  readonly set: string;
  readonly has: string;
  readonly init: string;
  readonly disown: string;
  readonly adopt: string;
}

/** A field, with the names of its accessors. */
export interface Member<Body = SlotBody | GroupBody> {
  readonly field: Field;
  readonly body: Body;
  readonly names: MemberNames;
}

/** In the order of the source. */
export function membersOf(struct: StructBody): Member[] {
  const named = new Map<Field, MemberNames>();
  const table = memberNames();
  // By ordinal, so that a field that is added never changes the names of those that were there.
  for (const field of struct.ordered) {
    const forms = formsOf(field);
    const claimed = table.claimAll(
      field.name,
      forms.map((form) => (name: string) => accessorName(form, name)),
    );
    const names = Object.fromEntries(forms.map((form, index) => [form, claimed[index]]));
    named.set(field, names as unknown as MemberNames);
  }
  return struct.fields.map((field) => {
    return { field, body: field.body, names: named.get(field) as MemberNames };
  });
}

function accessorName(form: keyof MemberNames, name: string): string {
  if (form === "get") return name;
  return form === "number" ? `${name}Number` : `${form}${capitalized(name)}`;
}

/** The accessors that a field has. */
function formsOf({ body, discriminant }: Field): (keyof MemberNames)[] {
  if (body.kind === "group") return ["get", "init"];
  const { type } = body;
  switch (pointerKind(type)) {
    case undefined:
      if (type.kind === "void") return discriminant === undefined ? ["get"] : ["get", "set"];
      return slotBits(type) === 64 && type.kind !== "float64" ? ["get", "number"] : ["get"];
    case "text":
      return ["get", "has", "disown", "adopt"];
    case "capability":
      return ["get", "has"];
    default:
      return ["get", "has", "init", "disown", "adopt"];
  }
}
