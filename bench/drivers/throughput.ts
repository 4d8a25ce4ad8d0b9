// Sends messages of 64 bytes to another process, which checks that each comes, in order.

import { once } from "node:events";
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import type { MappingHandle } from "@tidemark/core";
import { drive, now } from "../driver.js";
import {
  attachLine,
  expectNumber,
  messageByteLength,
  newLine,
  numbered,
  numberOf,
  openLine,
  startOther,
} from "../messaging.js";

interface Throughput {
  readonly way: "one-by-one" | "batches" | "in-place" | "process.send" | "socket";
  readonly count: number;
  readonly folder: string;
  /** Set for the process that receives. */
  readonly other?: boolean;
}

const batchLength = 256;

const messages = Array.from({ length: batchLength }, () => numbered(0));
const views = messages.map((message) => new DataView(message.buffer));

const asked = JSON.parse(process.argv[2] ?? "{}") as Throughput;
if (asked.other === true) await receive(asked);
else await drive(send);

async function send(parameters: Throughput): Promise<{ metrics: Record<string, number> }> {
  const child = await startOther(parameters);
  const done = once(child, "message");
  const start = now();
  if (parameters.way === "process.send") await sendByProcess(child, parameters.count);
  else if (parameters.way === "socket") await sendBySocket(parameters);
  else {
    const mapping = newLine();
    child.send(mapping.handle());
    await once(child, "message");
    const begun = now();
    const finished = once(child, "message");
    sendByChannel(openLine(mapping, 0, undefined).out, parameters);
    await finished;
    child.kill();
    return { metrics: { rate: parameters.count / (now() - begun) / 1e3 } };
  }
  await done;
  child.kill();
  return { metrics: { rate: parameters.count / (now() - start) / 1e3 } };
}

type Out = ReturnType<typeof openLine>["out"];

function sendByChannel(out: Out, { way, count }: Throughput): void {
  if (way === "batches") {
    for (let sent = 0; sent < count; sent += batchLength) {
      const length = Math.min(batchLength, count - sent);
      out.sendManySync(batch(sent).slice(0, length));
    }
    return;
  }
  const message = numbered(0);
  const view = new DataView(message.buffer);
  for (let number = 0; number < count; number++) {
    if (way === "one-by-one") {
      view.setUint32(0, number, true);
      out.sendSync(message);
    } else {
      const claim = out.tryClaim(messageByteLength) ?? out.claimSync(messageByteLength);
      out.view.setUint32(claim.byteOffset, number, true);
      claim.commit();
    }
  }
}

function batch(first: number): Uint8Array[] {
  for (let index = 0; index < batchLength; index++) views[index]?.setUint32(0, first + index, true);
  return messages;
}

async function sendByProcess(
  child: Awaited<ReturnType<typeof startOther>>,
  count: number,
): Promise<void> {
  for (let number = 0; number < count; number++) {
    if (!child.send(numbered(number))) await nextTurn();
  }
}

async function sendBySocket({ folder, count }: Throughput): Promise<void> {
  const socket = net.connect(path.join(folder, "socket"));
  await once(socket, "connect");
  for (let number = 0; number < count; number++) {
    if (!socket.write(numbered(number))) await once(socket, "drain");
  }
  socket.end();
}

// ---- The other process

async function receive({ way, count, folder }: Throughput): Promise<void> {
  if (way === "process.send") await receiveByProcess(count);
  else if (way === "socket") await receiveBySocket(folder, count);
  else await receiveByChannel(way, count);
  process.send?.("received");
}

async function receiveByProcess(count: number): Promise<void> {
  let next = 0;
  await new Promise<void>((resolve) => {
    process.on("message", (message: Uint8Array) => {
      expectNumber(numberOf(message), next++);
      if (next === count) resolve();
    });
    process.send?.("ready");
  });
}

async function receiveBySocket(folder: string, count: number): Promise<void> {
  const place = path.join(folder, "socket");
  fs.rmSync(place, { force: true });
  const server = net.createServer();
  server.listen(place);
  await once(server, "listening");
  const connected = once(server, "connection");
  process.send?.("ready");
  const [socket] = (await connected) as [net.Socket];
  let next = 0;
  let rest = Buffer.alloc(0);
  for await (const chunk of socket) {
    const bytes = Buffer.concat([rest, chunk as Buffer]);
    let at = 0;
    for (; at + messageByteLength <= bytes.length; at += messageByteLength) {
      expectNumber(numberOf(bytes.subarray(at)), next++);
    }
    rest = bytes.subarray(at);
  }
  expectNumber(next, count);
  server.close();
}

async function receiveByChannel(way: Throughput["way"], count: number): Promise<void> {
  process.send?.("ready");
  const [handle] = (await once(process, "message")) as [MappingHandle];
  const line = attachLine(handle, undefined);
  await new Promise<void>((resolve) => process.send?.("attached", () => resolve()));
  let next = 0;
  if (way === "one-by-one") {
    while (next < count) expectNumber(numberOf(line.in.receiveSync() as Uint8Array), next++);
    return;
  }
  while (next < count) {
    line.in.drainSync(({ view, byteOffset }) => {
      expectNumber(view.getUint32(byteOffset, true), next++);
    });
  }
}
