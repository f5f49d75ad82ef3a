// node read.mjs SOURCE [COUNT]: reads a file or URL and prints { codecId, width, height, units, dts, pts } as JSON: a checksum of each access unit's NAL units
// without framing, so that Annex B and length-prefixed forms of a picture compare equal, and times in milliseconds.
import { createHash } from 'node:crypto';
import { Demuxer } from './node-av.mjs';

const [source, count = 'Infinity'] = process.argv.slice(2);
const isAnnexB = source.endsWith('.h265');
const input = await Demuxer.open(source, { options: isAnnexB ? { framerate: '25' } : { rw_timeout: '10000000' } });
const video = input.video();

function nalUnits(data) {
  const units = [];
  if (isAnnexB) {
    for (let start = data.indexOf('000001', 0, 'hex') + 3; start > 2; ) {
      const next = data.indexOf('000001', start, 'hex');
      let end = next < 0 ? data.length : next;
      while (data[end - 1] === 0) end--;
      units.push(data.subarray(start, end));
      start = next < 0 ? 0 : next + 3;
    }
    return units;
  }
  for (let at = 0; at < data.length; ) {
    const size = data.readUInt32BE(at);
    units.push(data.subarray(at + 4, at + 4 + size));
    at += 4 + size;
  }
  return units;
}

const { codecId, width, height } = video.codecpar;
const read = { codecId, width, height, units: [], dts: [], pts: [] };
const toMs = (ticks, { num, den }) => Math.round((Number(ticks) * 1000 * num) / den);
for await (const packet of input.packets(video.index)) {
  if (packet === null || read.units.length >= Number(count)) break;
  const hash = createHash('sha1');
  for (const unit of nalUnits(packet.data)) hash.update(`${unit.length}:`).update(unit);
  read.units.push(hash.digest('base64'));
  read.dts.push(toMs(packet.dts, packet.timeBase));
  read.pts.push(toMs(packet.pts, packet.timeBase));
}
process.stdout.write(JSON.stringify(read), () => process.exit(0));
