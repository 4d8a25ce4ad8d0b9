// Messages for the tests of the commands that read them.

import fs from "node:fs";
import path from "node:path";
import { type DynamicStructBuilder, SchemaSet } from "@tidemark/capnp/dynamic";
import { MessageFile } from "@tidemark/capnp/file";
import { compile, MemoryHost } from "@tidemark/capnpc";
import { temporaryFolder } from "@tidemark/testing/temporary.js";
import { embedSchema } from "#tidemark/messages/embedded-schema.js";

export const shopSchema = `@0xd0f1c2b3a4958677;

struct Shop {
  name @0 :Text;
  items @1 :List(Item);
  owner @2 :Owner;
  note @3 :Text;
}

struct Owner {
  name @0 :Text;
  birthYear @1 :UInt16;
}

struct Item {
  id @0 :UInt64;
  name @1 :Text;
  price @2 :Float64;
  photo @3 :Data;
  tags @4 :List(Text);
  kind @5 :Kind;
  maker @6 :Owner;
  sizes :group {
    width @7 :Int32;
    height @8 :Int32;
  }
  stock :union {
    unknown @9 :Void;
    count @10 :Int64;
    onOrder @11 :Text;
  }
  parts @12 :List(Item);
  matrix @13 :List(List(Int16));

  enum Kind {
    tool @0;
    toy @1;
  }
}

struct Chunks {
  chunks @0 :List(List(Item));
}

struct Two {
  left @0 :List(Item);
  right @1 :List(Item);
  inner @2 :Shop;
}
`;

export const shopRequest: Uint8Array = compile(["/shop.capnp"], {
  host: new MemoryHost({ "/shop.capnp": shopSchema }),
}).request as Uint8Array;

export const shopSchemas: SchemaSet = SchemaSet.fromRequest(shopRequest);

/** The schema's source, in a new folder. */
export function schemaFile(): string {
  const file = path.join(temporaryFolder(), "shop.capnp");
  fs.writeFileSync(file, shopSchema);
  return file;
}

/** A message in a new file. */
export function messageOf(
  root: string,
  fill: (struct: DynamicStructBuilder) => void,
  options: { readonly embeds?: boolean; readonly maxSegmentByteLength?: number } = {},
): string {
  const { embeds = true, ...create } = options;
  const file = path.join(temporaryFolder(), "shop.bin");
  const message = MessageFile.create(file, create);
  const schema = shopSchemas.struct(root);
  fill(message.initRoot(schema));
  if (embeds) embedSchema(message.message, { request: shopRequest, root: schema });
  message.closeSync();
  return file;
}

/** What the tests expect to find in a shop. */
export const items: readonly Readonly<Record<string, unknown>>[] = [
  { id: "1", name: "hammer", price: 9.5, kind: "tool", tags: ["a", "b"], stock: { count: "-7" } },
  { id: "18446744073709551615", name: 'a "quoted", name\n', kind: "toy", photo: [0, 1, 255] },
  { id: "3", name: "", maker: { name: "Ada", birthYear: 1815 }, stock: { onOrder: "" } },
];

export function fillShop(struct: DynamicStructBuilder, count = items.length): void {
  struct.set("name", "Corner");
  const list = struct.initStructList("items", count);
  for (let index = 0; index < count; index++) fillItem(list.get(index), index);
}

export function fillItem(item: DynamicStructBuilder, index: number): void {
  const { photo, ...rest } = items[index % items.length] as Record<string, unknown>;
  const stock = rest["stock"] as Record<string, unknown> | undefined;
  const count = stock?.["count"];
  const values = { ...rest, id: BigInt(rest["id"] as string) };
  item.assign(
    count === undefined ? values : { ...values, stock: { count: BigInt(String(count)) } },
  );
  if (photo !== undefined) item.set("photo", Uint8Array.from(photo as number[]));
}
