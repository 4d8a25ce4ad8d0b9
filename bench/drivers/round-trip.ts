// Sends a message of 64 bytes to another process, and waits for it to come back; again and again.

import { spawnSync } from "node:child_process";
import { once } from "node:events";
import fs from "node:fs";
import net from "node:net";
import path from "node:path";
import type { MappingHandle } from "@tidemark/core";
import type { Channel } from "@tidemark/core/sync";
import { drive } from "../driver.js";
import {
  attachLine,
  expectNumber,
  type Line,
  messageByteLength,
  newLine,
  numbered,
  numberOf,
  openLine,
  startOther,
} from "../messaging.js";
import { median } from "../sample.js";

interface RoundTrip {
  readonly way: "spinning" | "asleep" | "promises" | "process.send" | "socket" | "c";
  readonly count: number;
  readonly folder: string;
  /** The C program, for `way: "c"`. */
  readonly program?: string;
  /** Set for the process that answers. */
  readonly other?: boolean;
}

/** Rounds before those that are counted. */
const warmUp = 0.2;

const asked = JSON.parse(process.argv[2] ?? "{}") as RoundTrip;
if (asked.other === true) await answer(asked);
else await drive(ask);

async function ask(parameters: RoundTrip): Promise<{ metrics: Record<string, number> }> {
  const times = new Float64Array(parameters.count);
  if (parameters.way === "c") {
    const { program = "", count } = parameters;
    const run = spawnSync(program, [String(count)], { encoding: "utf8", maxBuffer: 2 ** 28 });
    if (run.status !== 0) throw new Error(`ping-pong failed (${run.status ?? run.signal})`);
    times.set(JSON.parse(run.stdout).map((nanoseconds: number) => nanoseconds / 1e3));
    return summary(times);
  }
  const child = await startOther(parameters);
  const mapping = newLine();
  let round: (number: number) => Promise<number> | number;
  if (parameters.way === "process.send") {
    round = async (number) => {
      child.send(numbered(number));
      return numberOf((await once(child, "message"))[0] as Uint8Array);
    };
  } else if (parameters.way === "socket") {
    round = await roundBySocket(parameters.folder);
  } else {
    child.send(mapping.handle());
    await once(child, "message");
    round = roundByChannel(openLine(mapping, 0, 0), parameters.way);
  }
  for (let number = 0; number < times.length; number++) {
    const start = process.hrtime.bigint();
    const got = round(number);
    expectNumber(typeof got === "number" ? got : await got, number);
    times[number] = Number(process.hrtime.bigint() - start) / 1e3;
  }
  child.kill();
  return summary(times);
}

function summary(times: Float64Array): { metrics: Record<string, number> } {
  const counted = times
    .subarray(Math.floor(times.length * warmUp))
    .slice()
    .sort();
  const late = counted[Math.floor(counted.length * 0.99)] ?? Number.NaN;
  return { metrics: { micros: median(counted), lateMicros: late } };
}

function roundByChannel(
  line: Line,
  way: RoundTrip["way"],
): (number: number) => Promise<number> | number {
  const message = numbered(0);
  const view = new DataView(message.buffer);
  if (way === "promises") {
    return async (number) => {
      await line.out.send(numbered(number));
      return numberOf((await line.in.receive()) as Uint8Array);
    };
  }
  const receive = receiving(line.in, way);
  return (number) => {
    view.setUint32(0, number, true);
    line.out.sendSync(message);
    return numberOf(receive());
  };
}

function receiving(channel: Channel, way: RoundTrip["way"]): () => Uint8Array {
  if (way === "asleep") return () => channel.receiveSync() as Uint8Array;
  return () => {
    for (;;) {
      const message = channel.tryReceive();
      if (message !== undefined) return message;
    }
  };
}

async function roundBySocket(folder: string): Promise<(number: number) => Promise<number>> {
  const socket = net.connect(path.join(folder, "socket"));
  await once(socket, "connect");
  return async (number) => {
    socket.write(numbered(number));
    const [chunk] = (await once(socket, "data")) as [Buffer];
    if (chunk.length !== messageByteLength) throw new Error("a message came in pieces");
    return numberOf(chunk);
  };
}

// ---- The other process

async function answer({ way, count, folder }: RoundTrip): Promise<void> {
  if (way === "process.send") {
    process.on("message", (message) => process.send?.(message));
    process.send?.("ready");
    return;
  }
  if (way === "socket") {
    const place = path.join(folder, "socket");
    fs.rmSync(place, { force: true });
    const server = net.createServer((socket) => socket.on("data", (chunk) => socket.write(chunk)));
    server.listen(place);
    await once(server, "listening");
    process.send?.("ready");
    return;
  }
  process.send?.("ready");
  const [handle] = (await once(process, "message")) as [MappingHandle];
  const line = attachLine(handle, 0);
  await new Promise<void>((resolve) => process.send?.("attached", () => resolve()));
  const receive = receiving(line.in, way);
  for (let number = 0; number < count; number++) {
    if (way === "promises") await line.out.send((await line.in.receive()) as Uint8Array);
    else line.out.sendSync(receive());
  }
}
