// Checks names: their style, and that a scope has each once.

import type { Diagnostics } from "../syntax/diagnostic.js";
import type { SourceFile } from "../syntax/source.js";
import type { Declaration, Name } from "../syntax/syntax.js";

const typeKinds: ReadonlySet<string> = new Set(["struct", "enum", "interface"]);

export class NameChecker {
  readonly #source: SourceFile;
  readonly #diagnostics: Diagnostics;

  constructor(source: SourceFile, diagnostics: Diagnostics) {
    this.#source = source;
    this.#diagnostics = diagnostics;
  }

  /** Checks what is declared in `scope`, and in all scopes within. */
  check(scope: Declaration): void {
    this.#checkMembers(scope.nested, new Map());
  }

  #checkMembers(members: readonly Declaration[], known: Map<string, Name>): void {
    for (const declaration of members) {
      const { name, kind } = declaration;
      // `using` without a usable name has been reported.
      if (name.value === "" && kind !== "union") continue;
      const shown = name.value === "" ? "An unnamed union" : `'${name.value}'`;
      const first = known.get(name.value);
      if (first !== undefined) {
        this.#diagnostics.report(this.#source, name, `${shown} is already defined in this scope.`, {
          source: this.#source,
          span: first,
          message: `${shown} is first defined here.`,
        });
      } else {
        known.set(name.value, name);
      }
      if (kind === "union" && name.value === "") {
        // Its members are members of the scope around it.
        this.#checkMembers(declaration.nested, known);
        continue;
      }
      this.#checkStyle(declaration);
      this.#checkMembers(declaration.nested, new Map());
    }
  }

  #checkStyle({ kind, name }: Declaration): void {
    const first = name.value.charAt(0);
    const isUpper = first >= "A" && first <= "Z";
    if (name.value.includes("_")) {
      const camel = name.value.replace(/_+(.?)/g, (_, next: string) => next.toUpperCase());
      const message =
        `Names are written in camelCase, without underscores: '${camel}'. ` +
        "Generated code follows the style of its language.";
      this.#report(name, message);
    } else if (typeKinds.has(kind) && !isUpper) {
      this.#report(name, "The name of a type begins with a capital letter.");
    } else if (kind !== "using" && !typeKinds.has(kind) && isUpper) {
      this.#report(name, "The name of what is not a type begins with a small letter.");
    }
  }

  #report(name: Name, message: string): void {
    this.#diagnostics.report(this.#source, name, message);
  }
}
