import { parseAudioSpecificConfig, splitAdts } from '@sluice/plugin-codec-aac';
import { splitAnnexB } from '@sluice/plugin-codec-nal';
import { outOfBandParameters, parseRtpFormat, type RtpFormat, type RtpPacket } from '../src/index.js';
import { fixture, hex, packetsOf, run } from './support.js';

const H264 = parseRtpFormat('H264/90000', 'packetization-mode=1; sprop-parameter-sets=Z2QADazZQUGfnwEQAAADABAAAAMBQPFCmWA=,aO+8sA==; profile-level-id=64000D');
const H265 = parseRtpFormat(
  'H265/90000',
  'sprop-vps=QAEMAf//AWAAAAMAkAAAAwAAAwA8lZAJ; sprop-sps=QgEBAWAAAAMAkAAAAwAAAwA8oAoIDB8+WVkSkwvAWgIAAAMAAgAAAwAUEA==; sprop-pps=RAHAc8EJ',
);
const HBR = parseRtpFormat('97 MPEG4-GENERIC/44100/2', '97 profile-level-id=1;mode=AAC-hbr;sizelength=13;indexlength=3;indexdeltalength=3; config=121056E500');
const FF_LATM = parseRtpFormat('MP4A-LATM/44100/2', 'profile-level-id=41;cpresent=0;config=400024203fc0');
const GST_LATM = parseRtpFormat('MP4A-LATM/44100', 'cpresent=0;config=40002420adca00');

const video: [string, RtpFormat, string][] = [
  ['ff-h264', H264, 'v.h264'],
  ['gst-h264', H264, 'v.h264'],
  ['ff-h265', H265, 'v.h265'],
  ['gst-h265', H265, 'v.h265'],
];
const sound: [string, RtpFormat][] = [
  ['ff-aac', HBR],
  ['ff-aac-fragments', HBR],
  ['gst-mp4g', HBR],
  ['ff-latm', FF_LATM],
  ['gst-mp4a', GST_LATM],
];

const load = (name: string) => packetsOf(fixture(`${name}.rtp4571`));
/** Without delimiters and SEI, which payloaders drop or move. */
const kept = (units: readonly Buffer[], format: RtpFormat) =>
  units.filter((unit) => {
    const type = format === H265 ? (unit[0] ?? 0) >> 1 : (unit[0] ?? 0) & 0x1f;
    return format === H265 ? type < 32 : type < 6;
  });

describe('streams of FFmpeg and GStreamer', () => {
  it.each(video)('%s: every slice, in its picture', (name, format, file) => {
    const { units, depacketizer } = run(format, load(name));
    const truth = hex(kept(splitAnnexB(fixture(file)), format));
    expect(units).toHaveLength(20);
    expect(units.every(({ complete }) => complete)).toBe(true);
    expect(units.flatMap(({ units: nals }) => hex(kept(nals, format)))).toEqual(truth);
    const slices = format === H264 ? 3 : 2;
    for (const { units: nals } of units) expect(kept(nals, format)).toHaveLength(slices);
    expect(depacketizer.counters).toEqual({ accessUnits: 20, damaged: 0, malformed: 0 });
  });

  it.each(video)('%s: whatever one packet is lost, no torn picture is said to be whole', (name, format) => {
    const packets = load(name);
    const whole = new Set(run(format, packets).units.map(({ units }) => hex(kept(units, format)).join()));
    for (let missing = 1; missing < packets.length - 1; missing++) {
      const { units, depacketizer } = run(
        format,
        packets.filter((_, i) => i !== missing),
      );
      for (const unit of units) if (unit.complete) expect(whole).toContain(hex(kept(unit.units, format)).join());
      expect(units.filter(({ complete }) => complete).length).toBeGreaterThanOrEqual(18);
      expect(depacketizer.counters.damaged).toBeLessThanOrEqual(2);
    }
  });

  it('parameter sets of the SDP are those of the stream', () => {
    for (const [name, format] of video) {
      const inBand = new Set(run(format, load(name)).units.flatMap(({ units }) => hex(units)));
      const told = hex(outOfBandParameters(format).units);
      expect(told).toHaveLength(format === H264 ? 2 : 3);
      for (const unit of told) expect(inBand).toContain(unit);
    }
  });

  it.each(sound)('%s: every access unit, at its time', (name, format) => {
    const { units, configurations, depacketizer } = run(format, load(name));
    // Senders leave out the first or the last one.
    const truth = hex(splitAdts(fixture('a.aac')).frames);
    expect(units.length).toBeGreaterThan(36);
    expect(truth.join()).toContain(units.flatMap(({ units: data }) => hex(data)).join());
    const steps = units.slice(2).map(({ timestamp }, i) => (timestamp - (units[i + 1]?.timestamp ?? 0)) >>> 0);
    for (const step of steps) expect(Math.abs(step - 1024)).toBeLessThanOrEqual(name.startsWith('gst') ? 1 : 0);
    expect(configurations.map((config) => parseAudioSpecificConfig(config))).toEqual([expect.objectContaining({ sampleRate: 44_100, channels: 2 })]);
    expect(depacketizer.counters).toMatchObject({ damaged: 0, malformed: 0 });
  });

  it.each(sound)('%s: whatever one packet is lost, only whole access units come', (name, format) => {
    const packets = load(name);
    const whole = new Set(hex(splitAdts(fixture('a.aac')).frames));
    for (let missing = 1; missing < packets.length; missing++) {
      const { units } = run(
        format,
        packets.filter((_, i) => i !== missing),
      );
      for (const unit of units) expect(whole).toContain(hex(unit.units).join());
    }
  });

  it.each(['ff-opus', 'gst-opus', 'ff-pcma'])('%s: one access unit a packet', (name) => {
    const packets: RtpPacket[] = load(name).filter(({ payloadType }) => payloadType < 72 || payloadType > 76);
    const { units } = run(name === 'ff-pcma' ? 'PCMA/8000' : 'OPUS/48000/2', packets);
    expect(units.map(({ units: data, timestamp }) => [hex(data).join(), timestamp])).toEqual(
      packets.map(({ payload, timestamp }) => [payload.toString('hex'), timestamp]),
    );
  });
});
