// A process of a storm: sends or receives through the channel, in every way there is, until told to
// stop, or killed.

import {
  control,
  fillMessage,
  lengthOf,
  messagesPerLife,
  mostLives,
  openStorm,
  readMessage,
} from "./channel-storm-layout.js";

const [, , path = "", role] = process.argv;
const storm = openStorm(path);
const { channel } = storm;
Atomics.add(storm.control, control.ready, 1);
process.stdout.write("ready\n");
if (role === "send") await send();
else await receive();

async function send(): Promise<void> {
  for (;;) {
    const life = Atomics.add(storm.control, control.lives, 1);
    if (life >= mostLives) return;
    for (let index = 0; index < messagesPerLife; ) {
      if (Atomics.load(storm.control, control.stop) !== 0) return;
      index += await sendSome(life, index);
      Atomics.store(storm.begun, 2 * life + 1, index);
    }
  }
}

async function sendSome(life: number, index: number): Promise<number> {
  const count = index % 5 === 4 ? Math.min(7, messagesPerLife - index) : 1;
  Atomics.store(storm.begun, 2 * life, index + count);
  if (index % 5 === 3) {
    const claim =
      index % 2 === 0 ? channel.claimSync(lengthOf(index) + 40) : await channel.claim(4000);
    fillMessage(claim.bytes.subarray(0, lengthOf(index)), life, index);
    claim.commit(lengthOf(index));
    return 1;
  }
  const messages = Array.from({ length: count }, (_, at) => {
    const message = new Uint8Array(lengthOf(index + at));
    fillMessage(message, life, index + at);
    return message;
  });
  if (index % 5 === 4) channel.sendManySync(messages);
  else if (index % 5 === 2) await channel.send(messages[0] as Uint8Array);
  else channel.sendSync(messages[0] as Uint8Array);
  return count;
}

async function receive(): Promise<void> {
  for (let turn = 0; ; turn++) {
    if (turn % 3 === 0) {
      const message = turn % 2 === 0 ? channel.takeSync() : await channel.take();
      if (message === undefined) return;
      note(message.bytes);
      if (turn % 31 === 0 && !message.again) message.giveBack();
      else message.release();
    } else {
      const options = { limit: 1 + (turn % 20) };
      const visit = ({ bytes }: { bytes: Uint8Array }): void => note(bytes);
      const count =
        turn % 3 === 1 ? channel.drainSync(visit, options) : await channel.drain(visit, options);
      if (count === 0) return;
    }
  }
}

/** Remembers a message before it is released, so that none is forgotten by who dies. */
function note(bytes: Uint8Array): void {
  const message = readMessage(bytes);
  if (message === undefined) Atomics.add(storm.control, control.torn, 1);
  else Atomics.add(storm.received, message.life * messagesPerLife + message.index, 1);
  Atomics.add(storm.control, control.received, 1);
}
