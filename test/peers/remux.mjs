// node remux.mjs SOURCE TARGET [--format NAME] [--seconds N] [--pace]: copies the coded units of a file or URL into another, as `ffmpeg -c copy` does; for what
// only a newer FFmpeg reads or writes (enhanced RTMP, H.265 in FLV). Paced as `-re` paces; ends after N seconds of the source's time.
import { setTimeout } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Demuxer, Muxer } from './node-av.mjs';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { format: { type: 'string', default: 'flv' }, seconds: { type: 'string', default: 'Infinity' }, pace: { type: 'boolean', default: false } },
});
const [source, target] = positionals;
const toMs = (ticks, { num, den }) => (Number(ticks) * 1000 * num) / den;

const input = await Demuxer.open(source, { options: /^(rtmp|http)/.test(source) ? { rw_timeout: '15000000' } : {} });
const output = await Muxer.open(target, { format: values.format, input });
// A container's name for a codec is not another's.
for (const { codecpar } of input.streams) codecpar.codecTag = 0;
const outputs = new Map(input.streams.map((stream) => [stream.index, output.addStream(stream)]));
const begun = performance.now();
let firstMs;
for await (const packet of input.packets()) {
  if (packet === null) break;
  const atMs = toMs(packet.dts, packet.timeBase);
  firstMs ??= atMs;
  if (atMs - firstMs >= Number(values.seconds) * 1000) break;
  const aheadMs = begun + atMs - firstMs - performance.now();
  if (values.pace && aheadMs > 0) await setTimeout(aheadMs);
  await output.writePacket(packet, outputs.get(packet.streamIndex));
  packet.free();
}
await output.close();
process.exit(0);
