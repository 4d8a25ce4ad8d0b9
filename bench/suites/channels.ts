// Messages between two processes: through a channel, and in the ways that Node.js has.

import { asPeer, cCompiler, compiled } from "../native.js";
import type { Case, Group, Setting } from "../suite.js";

/** The tables of channels. The memory has no file, so one place to run them in is enough. */
export function channelGroups(setting: Setting): readonly Group[] {
  return [throughput(setting), roundTrip(setting)];
}

function throughput({ folder, sizes }: Setting): Group {
  const send = (name: string, way: string, count: number): Case => {
    const peer = way === "socket" || way === "process.send";
    return { name, driver: "throughput", parameters: { way, count, folder }, peer };
  };
  const { messageCount } = sizes;
  const slow = Math.ceil(messageCount / 50);
  return {
    rounds: sizes.rounds,
    cases: [
      send("channel, batches of 256", "batches", messageCount),
      send("channel, one by one", "one-by-one", messageCount),
      send("channel, written and read in place", "in-place", messageCount),
      send("UNIX socket", "socket", slow),
      send("process.send", "process.send", slow),
    ],
    layout: {
      title: "Messages of 64 bytes from one process to another",
      columns: [{ metric: "rate", title: "million/s", spread: true }],
      ratios: [{ metric: "rate", title: "to process.send", against: "process.send" }],
      goals: [
        {
          work: "messages in batches",
          case: "channel, batches of 256",
          metric: "rate",
          least: 5,
          unit: "million/s",
        },
        {
          work: "messages one by one",
          case: "channel, one by one",
          metric: "rate",
          least: 1,
          unit: "million/s",
        },
      ],
    },
  };
}

function roundTrip({ folder, sizes }: Setting): Group {
  const ask = (name: string, way: string, count: number): Case => {
    const peer = way === "socket" || way === "process.send";
    return { name, driver: "round-trip", parameters: { way, count, folder }, peer };
  };
  const { roundTripCount } = sizes;
  const program = compiled("ping-pong");
  const c = { way: "c", count: roundTripCount, folder, program };
  const spinning = "channel, spinning";
  const native = "C: asleep on a futex";
  return {
    rounds: sizes.rounds,
    cases: [
      ask(spinning, "spinning", roundTripCount * 10),
      ask("channel, asleep", "asleep", roundTripCount),
      {
        name: native,
        driver: "round-trip",
        parameters: c,
        ...asPeer(program, cCompiler),
      },
      ask("channel, promises", "promises", roundTripCount),
      ask("UNIX socket", "socket", roundTripCount),
      ask("process.send", "process.send", roundTripCount),
    ],
    layout: {
      title: "A message of 64 bytes to another process and back",
      note: "Asleep: both wait in the kernel each time, as the C program does.",
      columns: [
        { metric: "micros", title: "median, us", spread: true },
        { metric: "lateMicros", title: "99 %, us" },
      ],
      ratios: [{ metric: "micros", title: "to the spinning channel", against: spinning }],
      goals: [
        { work: "round trip, spinning", case: spinning, metric: "micros", most: 1, unit: "us" },
        {
          work: "round trip asleep, to C",
          case: "channel, asleep",
          metric: "micros",
          against: native,
          most: 1.3,
          unit: "x",
        },
        ...["process.send", "UNIX socket"].map((name) => ({
          work: `round trip by ${name}, to the spinning channel`,
          case: name,
          metric: "micros",
          against: spinning,
          least: 30,
          unit: "x",
        })),
      ],
    },
  };
}
