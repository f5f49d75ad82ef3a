import { compare } from './compare.js';
import type { Packet, TrackUnits, Units } from './units.js';

/** Units of unlike bytes, `stepMs` apart. */
function track(codec: string, format: string, count: number, size: number, stepMs: number): TrackUnits {
  const bytes = Buffer.alloc(count * size);
  for (let i = 0; i + 4 <= bytes.length; i += 4) bytes.writeUInt32BE(Math.imul(i + 1, 2_654_435_761) >>> 0, i);
  return { codec, format, bytes, packets: Array.from({ length: count }, (_, i) => ({ at: i * size, size, dtsMs: i * stepMs, ptsMs: i * stepMs + 80 })) };
}

/** From one unit to another, with the times of another clock. */
function part(of: TrackUnits, from: number, to: number, laterMs = 1000): TrackUnits {
  const packets = of.packets.slice(from, to);
  const begin = packets[0]?.at ?? 0;
  const end = packets.at(-1);
  return {
    ...of,
    bytes: of.bytes.subarray(begin, end === undefined ? begin : end.at + end.size),
    packets: packets.map(({ at, size, dtsMs, ptsMs }) => ({ at: at - begin, size, dtsMs: dtsMs + laterMs, ptsMs: ptsMs + laterMs })),
  };
}

const source: Units = { video: track('h264', '320x180', 100, 400, 40), audio: track('aac', '44100', 200, 100, 20) };
const played: Units = { video: part(source.video, 25, 75), audio: part(source.audio, 52, 148) };
const withVideo = (packets: readonly Packet[], bytes = played.video.bytes): Units => ({ ...played, video: { ...played.video, packets, bytes } });
const changed = (at: number, change: Partial<Packet>): Units =>
  withVideo(played.video.packets.map((packet, i) => (i === at ? { ...packet, ...change } : packet)));
const mistakes = (of: Units): string => compare(source, of, { hasDts: true }).join('; ');

it('accepts any part, on any clock', () => {
  expect(mistakes(source)).toBe('');
  expect(mistakes(played)).toBe('');
});

it('sees a damaged unit, a missing one and one cut in two', () => {
  const bytes = Buffer.from(played.video.bytes);
  bytes.writeUInt8((bytes[4010] as number) ^ 1, 4010);
  expect(mistakes(withVideo(played.video.packets, bytes))).toBe("video: unit 10 of 50 is not the source's (damaged)");
  const gap = Buffer.concat([played.video.bytes.subarray(0, 4000), played.video.bytes.subarray(4400)]);
  const packets = played.video.packets.slice(0, 49);
  expect(mistakes(withVideo(packets, gap))).toBe("video: unit 10 of 49 is not the source's (others are missing before it)");
  const [first, ...others] = played.video.packets as [Packet, ...Packet[]];
  expect(mistakes(withVideo([{ ...first, size: 200 }, { ...first, at: 200, size: 200 }, ...others]))).toMatch('video: units are cut otherwise than they were');
});

it('sees wrong times', () => {
  expect(mistakes(changed(7, { ptsMs: 2500 }))).toMatch('video: the times of 1 of 50 units are off, that of unit 7 by');
  expect(mistakes(changed(7, { dtsMs: (played.video.packets[6] as Packet).dtsMs }))).toBe('video: unit 7 is decoded no later than the one before');
  expect(mistakes(changed(7, { dtsMs: (played.video.packets[7] as Packet).ptsMs + 1 }))).toMatch('video: unit 7 is shown before it is decoded');
  expect(mistakes({ ...played, audio: part(source.audio, 52, 148, 1100) })).toBe('sound is 100 ms behind the pictures');
});

it('sees other codecs, other formats and nothing at all', () => {
  expect(mistakes({ ...played, video: { ...played.video, codec: 'hevc' } })).toBe('video: codec hevc, not h264');
  expect(mistakes({ ...played, audio: { ...played.audio, format: '48000' } })).toBe('audio: 48000, not 44100');
  expect(mistakes(withVideo([]))).toBe('video: no units');
  expect(mistakes({ ...played, video: part(source.video, 25, 35) })).toBe('video: 10 pictures only');
});

it('lets G.711 be cut as the sender likes, with the time of each sample', () => {
  const g711: Units = { ...source, audio: track('pcm_alaw', '8000', 100, 320, 40) };
  const cut = (laterMs: number): Units => {
    const packets = Array.from({ length: 150 }, (_, i) => ({ at: i * 160, size: 160, dtsMs: 0, ptsMs: 1080 + i * 20 + (i > 90 ? laterMs : 0) }));
    return { ...played, audio: { ...g711.audio, bytes: g711.audio.bytes.subarray(0, 150 * 160), packets } };
  };
  expect(compare(g711, cut(0), { hasDts: true })).toEqual([]);
  expect(compare(g711, cut(5), { hasDts: true })).toEqual(['audio: the times of 59 of 150 units are off, that of unit 91 by 5 ms']);
});
