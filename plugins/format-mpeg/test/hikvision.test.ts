import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { crc32Mpeg2, type ProgramStreamMap, parseProgramStreamMap, serializeProgramStreamMap } from '../src/index.js';
import { bytes, collect, demux, digest, fixture, inSteps } from './support.js';

const PSM = bytes(
  `00 5e f8 ff 00 24 40 0e 48 4b 01 00 14 14 40 16 6b bf 00 ff ff ff 41 12 48 4b 00 01 02 03 04 05 06 07 08 09 0a 0b 0c 0d 0e 0f 00 30 1b e0 00 1c
42 0e 07 10 10 ea 05 00 02 d0 11 30 00 00 1c 21 2a 0a 7f ff 00 00 07 08 1f fe a0 5a 90 c0 00 0c 43 0a 01 40 fe 00 7d 03 03 e8 03 ff f6 53 94 03`.replaceAll(
    '\n',
    ' ',
  ),
);

interface Rtp {
  readonly sequence: number;
  readonly marker: boolean;
  readonly payload: Buffer;
}

function packets(data: Buffer): Rtp[] {
  const list: Rtp[] = [];
  for (let at = 0; at < data.length; ) {
    const length = data.readUInt16BE(at);
    const packet = data.subarray(at + 2, at + 2 + length);
    list.push({ sequence: packet.readUInt16BE(2), marker: (packet[1] ?? 0) > 127, payload: packet.subarray(12) });
    at += 2 + length;
  }
  return list;
}

describe('a Hikvision camera', () => {
  it('its program stream map', () => {
    const map = parseProgramStreamMap(PSM.subarray(2));
    expect(map).toEqual({
      version: 24,
      streams: [
        { streamType: 0x1b, streamId: 0xe0 },
        { streamType: 0x90, streamId: 0xc0 },
      ],
    });
    // Its CRC is right but the bytes are the other way round.
    expect(crc32Mpeg2(Buffer.concat([bytes('000001bc'), PSM.subarray(0, -4)]))).toBe(PSM.readUInt32LE(PSM.length - 4));
  });

  it('a map is bound by its own length, not by its inner ones', () => {
    const wrong = Buffer.from(PSM.subarray(2));
    wrong.writeUInt16BE(0xffff, 40);
    expect(parseProgramStreamMap(wrong)?.streams).toHaveLength(2);
    wrong.writeUInt16BE(0xfff0, 44);
    expect(parseProgramStreamMap(wrong)?.streams).toHaveLength(1);
    wrong.writeUInt16BE(0xfff0, 2);
    expect(parseProgramStreamMap(wrong)).toBeUndefined();
  });

  it('a map is read back as written', () => {
    const map: ProgramStreamMap = { version: 5, streams: [{ streamType: 0x24, streamId: 0xe0 }] };
    const written = serializeProgramStreamMap(map);
    expect(parseProgramStreamMap(written.subarray(6))).toEqual(map);
    expect(crc32Mpeg2(written)).toBe(0);
  });

  it('ten packets: two whole pictures; the third goes with the gap', () => {
    const { demuxer, units } = collect();
    let last: number | undefined;
    for (const { sequence, marker, payload } of packets(fixture('lal-hik-ps-10pkts.rtp4571'))) {
      if (last !== undefined && sequence !== last + 1) demuxer.lost();
      demuxer.push(payload);
      if (marker) demuxer.hint();
      last = sequence;
    }
    demuxer.finish();
    expect(units.map(({ streamId, kind, units: nals }) => [streamId, kind, nals.length])).toEqual([
      [0xe0, 'video', 1],
      [0xe0, 'video', 1],
    ]);
    // PES_packet_length 4354, of which 12 are header and 4 the start code.
    expect(units[0]?.units[0]?.length).toBe(4354 - 12 - 4);
    expect(demuxer.counts.damaged).toBe(1);
  });

  it('without markers too, but then the second picture is not known to be whole', () => {
    const { demuxer, units } = collect();
    const list = packets(fixture('lal-hik-ps-10pkts.rtp4571'));
    for (const { payload } of list.slice(0, 9)) demuxer.push(payload);
    demuxer.lost();
    expect(units).toHaveLength(1);
  });

  it('the head of a key frame gives no frame', () => {
    expect(demux([fixture('srs-hik-iframe-head.ps')])).toEqual([]);
  });
});

const corpus = join(import.meta.dirname, '../../../../shared/cases/corpus/ps');
(existsSync(corpus) ? describe : describe.skip)('corpus ps/*', () => {
  const files = existsSync(corpus) ? readdirSync(corpus) : [];
  it.each(files)('%s', (name) => {
    const data = readFileSync(join(corpus, name));
    const whole = demux([data]);
    for (const step of [1, 7, 1400]) expect(digest(demux(inSteps(data, step)))).toBe(digest(whole));
  });
});
