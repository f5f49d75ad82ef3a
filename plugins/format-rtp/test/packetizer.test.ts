import { createFrame, type Frame, type Track } from '@sluice/core';
import { parseAudioSpecificConfig } from '@sluice/plugin-codec-aac';
import fc from 'fast-check';
import { createPacketizer, type PacketizerOptions, parseRtp, type RtpPacket, rtpFormatOf } from '../src/index.js';
import { bytes, hex, run } from './support.js';

const sps = bytes('67 42c01e 95a0280b fe59');
const pps = bytes('68 ce3c80');
const h264: Track = { id: 0, kind: 'video', codec: 'h264', clockRate: 1000, epoch: 0, parameters: { sps: [sps], pps: [pps] }, info: {} };
const vps = bytes('40010c01ffff');
const sps265 = bytes('42010101600000');
const pps265 = bytes('4401c172b4');
const h265: Track = { ...h264, codec: 'h265', parameters: { vps: [vps], sps: [sps265], pps: [pps265] } };
const aacParameters = parseAudioSpecificConfig(bytes('1210'));
const aac: Track = { id: 1, kind: 'audio', codec: 'aac', clockRate: 44_100, epoch: 0, parameters: aacParameters, info: {} };
const g711a: Track = { id: 1, kind: 'audio', codec: 'g711a', clockRate: 8000, epoch: 0, parameters: undefined, info: { sampleRate: 8000, channels: 1 } };

/** A unit of `length` bytes without start codes inside. */
const unit = (head: string, length: number) => Buffer.concat([bytes(head), Buffer.alloc(Math.max(0, length - head.length / 2), 0xa5)]);

function packetize(track: Track, frames: readonly Frame[], options: Partial<PacketizerOptions> = {}) {
  const packetizer = createPacketizer(track, { payloadType: 96, ssrc: 7, ...options });
  if (packetizer === undefined) throw new Error('no packetiser');
  const packets: RtpPacket[] = [];
  const batches: { readonly bytes: Buffer; readonly ends: readonly number[] }[] = [];
  for (const frame of frames) packetizer.packetize(frame, { append: (data, ends) => void batches.push({ bytes: data, ends }) });
  for (const batch of batches) {
    let from = 0;
    for (const end of batch.ends) {
      packets.push(parseRtp(batch.bytes.subarray(from + (options.headroom ?? 0), end)));
      from = end;
    }
    expect(from).toBe(batch.bytes.length);
  }
  return { packetizer, packets, batches };
}

const key = (units: readonly Buffer[], track = h264, ms = 0) => createFrame(track, ms, ms, true, units);

describe('H.264', () => {
  it('puts the parameter sets of the track together in front of a key picture', () => {
    const { packets } = packetize(h264, [key([unit('6588', 20)], h264, 40)]);
    expect(packets).toHaveLength(2);
    expect(packets[0]?.payload.toString('hex')).toBe(`78000a${sps.toString('hex')}0004${pps.toString('hex')}`);
    expect(packets.map(({ marker, timestamp, sequence }) => [marker, timestamp, sequence])).toEqual([
      [false, 3600, 0],
      [true, 3600, 1],
    ]);
  });

  it('adds none that the picture brings, behind its delimiter', () => {
    const delimiter = bytes('09f0');
    const { packets } = packetize(h264, [key([delimiter, pps, unit('6588', 20)])]);
    const { units } = run('H264/90000', packets);
    expect(hex(units[0]?.units ?? [])).toEqual(hex([delimiter, sps, pps, unit('6588', 20)]));
  });

  it('cuts a large slice into fragments that carry its header', () => {
    const slice = unit('4188', 3001);
    const { packets } = packetize(h264, [createFrame(h264, 0, 0, false, [slice])], { maxPayload: 1002 });
    expect(packets.map(({ payload }) => payload.toString('hex', 0, 2))).toEqual(['5c81', '5c01', '5c41']);
    expect(packets.map(({ marker }) => marker)).toEqual([false, false, true]);
    expect(packets.every(({ payload }) => payload.length === 1002)).toBe(true);
    expect(run('H264/90000', packets).units[0]?.units[0]?.equals(slice)).toBe(true);
  });

  it('leaves the headroom, goes round with sequence and time, counts', () => {
    const options = { headroom: 4, sequence: 65_535, timestampOffset: 0xffffffff, payloadType: 97, ssrc: 0xdeadbeef };
    const frames = [key([unit('6588', 20)]), createFrame(h264, 40, 80, false, [unit('4188', 30)])];
    const { packets, packetizer, batches } = packetize(h264, frames, options);
    expect(packets.map(({ sequence, timestamp }) => [sequence, timestamp])).toEqual([
      [65_535, 0xffffffff],
      [0, 0xffffffff],
      [1, 7199],
    ]);
    expect(packets.every(({ ssrc, payloadType }) => ssrc === 0xdeadbeef && payloadType === 97)).toBe(true);
    expect(packetizer).toMatchObject({ sequence: 2, packets: 3, octets: packets.reduce((sum, { payload }) => sum + payload.length, 0) });
    expect(batches[1]?.bytes).toHaveLength(4 + 12 + 30);
  });

  it('gives nothing for a frame without units', () => {
    expect(packetize(h264, [createFrame(h264, 0, 0, false, [])]).batches).toHaveLength(0);
  });
});

describe('H.265', () => {
  it('aggregates parameter sets and fragments slices', () => {
    const slice = unit('2601af', 2500);
    const { packets } = packetize(h265, [key([slice], h265)]);
    expect(packets[0]?.payload.toString('hex', 0, 4)).toBe('60010006');
    expect(packets.slice(1).map(({ payload }) => payload.toString('hex', 0, 3))).toEqual(['620193', '620153']);
    expect(hex(run('H265/90000', packets).units[0]?.units ?? [])).toEqual(hex([vps, sps265, pps265, slice]));
  });
});

/** Slices and other units of any size, in any number, at any packet size. */
it.each([
  ['H264/90000', h264, ['4188', '06aa', '09f0', '0c01']],
  ['H265/90000', h265, ['0201d0', '4e01aa', '460150', '4c0101']],
] as const)('%s: what is packetised is depacketised', (format, track, heads) => {
  const units = fc.array(fc.tuple(fc.constantFrom(...heads), fc.integer({ min: 4, max: 4000 })), { minLength: 1, maxLength: 12 });
  fc.assert(
    fc.property(units, fc.integer({ min: 64, max: 5000 }), fc.boolean(), (shapes, maxPayload, isKey) => {
      const first = unit(heads[0], 60);
      const sent = [first, ...shapes.map(([head, length]) => unit(head, length))];
      const frame = createFrame(track, 40, 40, isKey, sent);
      const { packets } = packetize(track, [frame], { maxPayload });
      expect(packets.every(({ payload }) => payload.length <= maxPayload)).toBe(true);
      const { units: got } = run(format, packets);
      const all = got.flatMap((one) => one.units);
      const sets = isKey ? all.length - sent.length : 0;
      expect(hex(all.slice(sets))).toEqual(hex(sent));
      expect(packets.filter(({ marker }) => marker)).toHaveLength(1);
      expect(packets.at(-1)?.marker).toBe(true);
    }),
    { seed: 13, numRuns: 200 },
  );
});

describe('sound', () => {
  it('AAC: one access unit a packet, the size of the whole in each part', () => {
    const units = [unit('21', 300), unit('21', 3000)];
    const frames = units.map((one, i) => createFrame(aac, i * 1024, i * 1024, true, [one]));
    const { packets, packetizer } = packetize(aac, frames);
    expect(packetizer).toMatchObject({ encoding: 'MPEG4-GENERIC', clockRate: 44_100 });
    expect(packets.map(({ marker, timestamp }) => [marker, timestamp])).toEqual([
      [true, 0],
      [false, 1024],
      [false, 1024],
      [true, 1024],
    ]);
    expect(packets[0]?.payload.toString('hex', 0, 4)).toBe('00100960');
    const format = rtpFormatOf(aac);
    if (format === undefined) throw new Error('no format');
    const { units: got, configurations } = run(format, packets);
    expect(hex(got.flatMap((one) => one.units))).toEqual(hex(units));
    expect(hex(configurations)).toEqual(['1210']);
  });

  it('G.711: time goes by samples, whatever the clock of the track', () => {
    const track = { ...g711a, clockRate: 1000 };
    const { packets } = packetize(track, [createFrame(track, 40, 40, true, [Buffer.alloc(2000, 0xd5)])]);
    expect(packets.map(({ timestamp, payload }) => [timestamp, payload.length])).toEqual([
      [320, 1400],
      [1720, 600],
    ]);
  });

  it('Opus: a packet is a unit, at 48 kHz', () => {
    const track: Track = { ...g711a, codec: 'opus', clockRate: 1000 };
    const { packets, packetizer } = packetize(track, [createFrame(track, 20, 20, true, [unit('fc', 1600)])]);
    expect(packetizer).toMatchObject({ encoding: 'OPUS', clockRate: 48_000 });
    expect(packets.map(({ timestamp, payload }) => [timestamp, payload.length])).toEqual([[960, 1600]]);
  });

  it('gives no packetiser for a codec without payload format', () => {
    expect(createPacketizer({ ...g711a, codec: 'g722' }, { payloadType: 96, ssrc: 1 })).toBeUndefined();
    expect(createPacketizer({ ...h264, parameters: undefined }, { payloadType: 96, ssrc: 1 })).toBeUndefined();
  });
});
