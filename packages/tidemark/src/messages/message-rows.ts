// The rows of a message: the structs of one of its lists, or of lists of lists, or its root alone.

import type { List } from "@tidemark/capnp";
import type { DynamicStructReader, Field, StructSchema } from "@tidemark/capnp/dynamic";
import { CommandFailure } from "../command/failure.js";
import { suggest } from "../rows/suggestion.js";
import type { MessageSource } from "./message-source.js";

/** A list of structs with its cursor. */
interface StructList {
  readonly length: number;
  get(index: number, cursor?: DynamicStructReader): DynamicStructReader;
  cursor(): DynamicStructReader;
}

/** Where rows are in a message. */
export interface MessageRows {
  /** What a row is. */
  readonly schema: StructSchema;
  /** Walks over them, one struct that moves; `from` may be past the last one. */
  walk(from: number): Iterable<DynamicStructReader>;
}

/**
 * Finds the rows: the list that is asked for, as `people` or `company.people`; else the only one.
 * False is for the root itself.
 *
 * @throws {@link CommandFailure} when there is no such list, or when it is not clear which
 */
export function findRows(source: MessageSource, listName: string | false | undefined): MessageRows {
  const root = source.requiredSchema;
  const path = pathOf(root, listName);
  if (path === undefined) return { schema: root, walk: (from) => (from > 0 ? [] : [source.root]) };
  const field = path.at(-1) as Field;
  const element = rowOf(field) as StructSchema;
  const isNested = field.type.kind === "list" && field.type.element.kind === "list";
  const list = (): List<StructList> | StructList | undefined => {
    const holder = holderOf(source.root, path.slice(0, -1));
    return holder === undefined || !field.isHeld(holder)
      ? undefined
      : (field.get(holder) as unknown as List<StructList> | StructList);
  };
  return {
    schema: element,
    *walk(from) {
      const found = list();
      if (found === undefined) return;
      const lists = isNested ? (found as List<StructList>) : [found as StructList];
      let skipped = 0;
      for (const rows of lists) {
        const first = Math.min(rows.length, Math.max(0, from - skipped));
        skipped += rows.length;
        if (first === rows.length) continue;
        const cursor = rows.cursor();
        for (let index = first; index < rows.length; index++) yield rows.get(index, cursor);
      }
    },
  };
}

/** Undefined for the root itself. */
function pathOf(
  root: StructSchema,
  listName: string | false | undefined,
): readonly Field[] | undefined {
  if (listName === false) return undefined;
  return listName === undefined ? onlyList(root) : listPath(root, listName);
}

/** What the structs of a list are, or of a list of lists; undefined for other fields. */
export function rowOf({ type }: Field): StructSchema | undefined {
  if (type.kind !== "list") return undefined;
  const element = type.element.kind === "list" ? type.element.element : type.element;
  return element.kind === "struct" ? element.schema : undefined;
}

function onlyList(root: StructSchema): readonly Field[] | undefined {
  const lists = root.fields.filter((field) => rowOf(field) !== undefined);
  if (lists.length < 2) return lists.length === 0 ? undefined : lists;
  const names = lists.map(({ name }) => name).join(", ");
  throw new CommandFailure(`${root.name} has several lists: say which with --list: ${names}`, 2);
}

function listPath(root: StructSchema, listName: string): readonly Field[] {
  const path: Field[] = [];
  const names = listName.split(".");
  let struct = root;
  for (const [index, name] of names.entries()) {
    const isLast = index === names.length - 1;
    const field = struct.findField(name);
    const fits = (each: Field): boolean => {
      return (isLast ? rowOf(each) : each.type.kind === "struct" || undefined) !== undefined;
    };
    if (field === undefined || !fits(field)) {
      const known = struct.fields.filter(fits).map((each) => each.name);
      const what = isLast ? "list of structs" : "struct or group";
      throw new CommandFailure(
        `--list ${listName}: ${struct.name} has no ${what} ${JSON.stringify(name)}: ` +
          suggest(name, known),
        2,
      );
    }
    path.push(field);
    if (!isLast && field.type.kind === "struct") struct = field.type.schema;
  }
  return path;
}

/** The struct at the end of a path; undefined where a union holds something else. */
function holderOf(
  root: DynamicStructReader,
  path: readonly Field[],
): DynamicStructReader | undefined {
  let holder = root;
  for (const field of path) {
    if (!field.isHeld(holder)) return undefined;
    holder = field.get(holder) as DynamicStructReader;
  }
  return holder;
}
