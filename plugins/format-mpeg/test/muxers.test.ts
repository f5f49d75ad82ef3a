import { splitAnnexB } from '@sluice/plugin-codec-nal';
import { collect, demux, digest, fixture, hex, inSteps, truth } from './support.js';

/** gst's h264parse puts a delimiter in front of each access unit. */
const withoutDelimiter = (units: readonly Buffer[]) => units.filter((unit) => unit[0] !== 9);

const files = [
  ['avatar-head.h264.vob', 'h264'],
  ['avatar-head.h264.mpeg', 'h264'],
  ['avatar-head.h264.gst', 'h264'],
  ['avatar-head.h265.vob', 'h265'],
  ['avatar-head.h265.mpeg', 'h265'],
] as const;

describe('streams of other muxers', () => {
  it.each(files)('%s: every access unit is that of the elementary stream', (file, codec) => {
    const units = demux([fixture(file)]).filter(({ kind }) => kind === 'video');
    expect(units.map((unit) => hex(withoutDelimiter(unit.units)))).toEqual(truth(codec).map(withoutDelimiter).map(hex));
    expect(new Set(units.map((unit) => unit.codec))).toEqual(new Set([codec]));
  });

  it.each(files)('%s: cut anywhere, the same', (file) => {
    const data = fixture(file).subarray(0, 20_000);
    const whole = demux([data]);
    expect(whole.length).toBeGreaterThan(3);
    for (const step of [1, 2, 3, 5, 7, 100, 1400, 4099]) expect(digest(demux(inSteps(data, step)))).toBe(digest(whole));
  });

  it('times of a file without B frames go on by frames', () => {
    const units = demux([fixture('avatar-head.h265.vob')]);
    for (let i = 1; i < units.length; i++) expect((units[i]?.dts ?? 0) - (units[i - 1]?.dts ?? 0)).toBe(3600);
  });

  it('sound and picture: ADTS frames one by one', () => {
    const units = demux([fixture('avatar-head.av.gst')]);
    const sound = units.filter(({ kind }) => kind === 'audio');
    expect(sound.length).toBeGreaterThan(40);
    expect(new Set(sound.map(({ codec }) => codec))).toEqual(new Set(['aac']));
    for (const {
      units: [data],
    } of sound)
      expect(data?.readUInt16BE(0)).toBe(0xfff1);
    const rate = 90_000 / (sound.length > 0 ? ((sound[10]?.pts ?? 0) - (sound[9]?.pts ?? 0)) / 1024 : 1);
    expect([44_100, 44_118, 48_000].some((expected) => Math.abs(expected - rate) < 700)).toBe(true);
    const pictures = units.filter(({ kind }) => kind === 'video');
    expect(pictures.length).toBeGreaterThan(20);
    expect(pictures.every(({ pts, dts }) => pts >= dts)).toBe(true);
  });

  it('holds no more than the access unit under way', () => {
    const { demuxer, units } = collect();
    const data = fixture('avatar-head.h264.gst');
    let given = 0;
    for (const chunk of inSteps(data, 1400)) {
      demuxer.push(chunk);
      given = units.length;
    }
    demuxer.finish();
    expect(units.length - given).toBe(1);
    expect(splitAnnexB(fixture('avatar-head.h264')).length).toBeGreaterThan(units.length);
  });
});
