// node publish.mjs FILE URL: publishes an H.265 elementary stream of 25 pictures a second by (enhanced) RTMP, at its pace, round and round.
import { setTimeout } from 'node:timers/promises';
import { Decoder, Demuxer, Muxer } from './node-av.mjs';

const [file, url] = process.argv.slice(2);
const FRAME_MS = 40;

const open = () => Demuxer.open(file, { options: { framerate: '25' } });

/** Display order: an elementary stream has no times, so the decoder, which puts the pictures out in order, says which packet is which. */
async function displayOrder() {
  const input = await open();
  const decoder = await Decoder.create(input.video());
  const order = [];
  let count = 0;
  const numbered = async function* () {
    for await (const packet of input.packets(input.video().index)) {
      if (packet !== null) {
        packet.pts = BigInt(count);
        packet.dts = BigInt(count++);
      }
      yield packet;
    }
  };
  for await (const frame of decoder.frames(numbered())) {
    if (frame !== null) order[Number(frame.pts)] = order.filter(() => true).length;
  }
  await input.close();
  return order;
}

const order = await displayOrder();
// How late a picture is shown at least, so that none is shown before it is decoded.
const delay = Math.max(...order.map((shown, decoded) => decoded - shown));
const input = await open();
const output = await Muxer.open(url, { format: 'flv', input });
const track = output.addStream(input.video());
const ticks = BigInt((FRAME_MS * input.video().timeBase.den) / (1000 * input.video().timeBase.num));
const begun = performance.now();
let sent = 0;
for (let round = input; ; round = await open()) {
  for await (const packet of round.packets(round.video().index)) {
    if (packet === null) break;
    const shown = Math.floor(sent / order.length) * order.length + order[sent % order.length] + delay;
    // The muxer takes times in the input's time base, whatever the packet says.
    packet.dts = BigInt(sent) * ticks;
    packet.pts = BigInt(shown) * ticks;
    packet.duration = ticks;
    const ahead = begun + sent++ * FRAME_MS - performance.now();
    if (ahead > 0) await setTimeout(ahead);
    await output.writePacket(packet, track);
    packet.free();
  }
  if (round !== input) await round.close();
}
