// A plugin of typedoc: `{@link FileError}` in one module finds what another module exports, by its
// name alone, as a reader would. (By itself typedoc finds what the file imports.)

import { ReflectionKind } from "typedoc";

const exportedKinds =
  ReflectionKind.Class |
  ReflectionKind.Interface |
  ReflectionKind.Function |
  ReflectionKind.TypeAlias |
  ReflectionKind.Variable;

/** @param {import("typedoc").Application} app */
export function load(app) {
  app.converter.addUnknownSymbolResolver((reference, reflection) => {
    const [first, ...members] = reference.symbolReference?.path ?? [];
    if (reference.moduleSource !== undefined || first === undefined) return undefined;
    const found = reflection.project
      .getReflectionsByKind(exportedKinds)
      .find(({ name, parent }) => name === first.path && parent?.kindOf(ReflectionKind.SomeModule));
    const target = members.reduce(
      (above, { path }) => above?.getChildByName([path]),
      /** @type {import("typedoc").Reflection | undefined} */ (found),
    );
    return (
      target && { target: /** @type {any} its type says string; the code takes both */ (target) }
    );
  });
}
