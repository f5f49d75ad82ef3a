import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { createFrame, type Frame, SluiceError, type Track } from '@sluice/core';
import { makeAudioSpecificConfig } from '@sluice/plugin-codec-aac';
import { h265 } from '@sluice/plugin-codec-h265';
import { splitAnnexB } from '@sluice/plugin-codec-nal';
import { makeOpusHead, opus } from '@sluice/plugin-codec-opus';
import fc from 'fast-check';
import {
  amf0Get,
  FlvBodyWriter,
  FlvDemuxer,
  FlvTagParser,
  FlvTagType,
  flvForm,
  flvFormOf,
  flvLegacyHevcForm,
  parseFlvMetadata,
  serializeTag,
} from '../src/index.js';

const cases = join(import.meta.dirname, '../../../../shared/cases');
const there = existsSync(cases) ? it : it.skip;
const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const { video, audio, script } = FlvTagType;

function h265Frames(): Frame[] {
  const units = splitAnnexB(readFileSync(join(cases, 'media/avatar.h265')));
  const builder = h265.createBuilder({ trackId: 0, clockRate: 90000 });
  const frames: Frame[] = [];
  let pending: Buffer[] = [];
  for (const unit of units) {
    const type = ((unit[0] ?? 0) >> 1) & 0x3f;
    pending.push(unit);
    if (type >= 32) continue;
    const dts = frames.length * 3600;
    const frame = builder.build(pending, dts, dts + (frames.length % 3) * 3600);
    pending = [];
    if (frame) frames.push(frame);
    if (frames.length === 60) break;
  }
  return frames;
}

function through(form: typeof flvForm, frames: readonly Frame[], tracks: readonly Track[]): { bytes: Buffer; frames: Frame[] } {
  const muxer = form.createMuxer(tracks);
  const parts = [muxer.header(tracks)];
  for (const frame of frames) muxer.mux(frame, { append: (bytes) => parts.push(bytes) });
  const back: Frame[] = [];
  const bytes = Buffer.concat(parts);
  new FlvDemuxer({ onFrame: (frame) => back.push(frame) }).receive(bytes);
  return { bytes, frames: back };
}

describe('H.265', () => {
  there.each([
    [flvForm, 0x90, 'hvc1'],
    [flvLegacyHevcForm, 0x1c, undefined],
  ])('goes out ($name) and comes in again', (form, first, fourCc) => {
    const frames = h265Frames();
    const track = frames[0]?.track as Track;
    expect(form.accepts(track)).toBe(true);
    const { bytes, frames: back } = through(form, frames, [track]);
    const facts = (frame: Frame) => [frame.key, Buffer.concat(frame.units).toString('base64')];
    expect(back.map(facts)).toEqual(frames.map(facts));
    expect(back.map(({ dts, pts }) => [dts, pts])).toEqual(frames.map(({ dts, pts }) => [dts / 90, pts / 90]));
    const metadataSize = bytes.readUIntBE(14, 3);
    const header = 13 + 11 + metadataSize + 4 + 11;
    expect(bytes[header]).toBe(first);
    if (fourCc) expect(bytes.toString('latin1', header + 1, header + 5)).toBe(fourCc);
    // Nobody may be sent PacketTypeMetadata: mpegts.js stops at it.
    const types = new Set<number>();
    for (let at = 13; at < bytes.length; at += bytes.readUIntBE(at + 1, 3) + 15) if (bytes[at] === video) types.add(bytes[at + 11] ?? 0);
    expect([...types].sort()).toEqual(fourCc ? [0x90, 0x91, 0x93, 0xa1, 0xa3].filter((type) => types.has(type)) : [0x1c, 0x2c]);
  });
});

describe('Opus', () => {
  it('goes out with its FourCC and identification header, and comes in again', () => {
    const builder = opus.createBuilder({ trackId: 1, clockRate: 48_000, parameters: { head: makeOpusHead({ channels: 2 }) } });
    const frames = [0, 960].map((dts) => builder.build([hex('fc 0102')], dts, dts)).filter((frame) => frame !== undefined);
    const { bytes, frames: back } = through(flvForm, frames, [frames[0]?.track as Track]);
    // Enhanced RTMP v2, ExAudioTagHeader: 9 for extended, 0 for SequenceStart, 1 for CodedFrames.
    expect(bytes.includes(hex('90 4f707573 4f70757348656164 01 02'))).toBe(true);
    expect(bytes.includes(hex('91 4f707573 fc0102'))).toBe(true);
    expect(back.map(({ dts, units }) => [dts, units[0]?.toString('hex')])).toEqual([
      [0, 'fc0102'],
      [20, 'fc0102'],
    ]);
    expect(back[0]?.track).toMatchObject({ codec: 'opus', parameters: { channels: 2, preSkip: 312 } });
  });
});

describe('G.711', () => {
  it.each([
    ['g711a', 0x72],
    ['g711u', 0x82],
  ])('%s goes out and comes in again', (codec, first) => {
    const track: Track = { id: 1, kind: 'audio', codec, clockRate: 8000, epoch: 0, parameters: undefined, info: { sampleRate: 8000, channels: 1 } };
    const frames = [0, 320].map((dts) => createFrame(track, dts, dts, true, [Buffer.alloc(320, 0xd5)]));
    const { bytes, frames: back } = through(flvForm, frames, [track]);
    expect(bytes[4]).toBe(4);
    expect(bytes.includes(Buffer.of(first, 0xd5))).toBe(true);
    expect(back.map((frame) => [frame.dts, frame.track.codec, frame.units[0]?.length])).toEqual([
      [0, codec, 320],
      [40, codec, 320],
    ]);
    // FLV has no way to say another rate; browsers have no decoder at all.
    const writer = new FlvBodyWriter();
    expect([8000, 16_000].map((sampleRate) => writer.plays({ ...track, info: { sampleRate } }))).toEqual([true, false]);
    expect([flvForm.accepts(track), flvForm.plays?.(track)]).toEqual([true, false]);
  });
});

describe('wire forms', () => {
  const config = makeAudioSpecificConfig({ objectType: 2, sampleRate: 44100, channels: 2 });
  const track: Track = {
    id: 1,
    kind: 'audio',
    codec: 'aac',
    clockRate: 44100,
    epoch: 0,
    parameters: { config, objectType: 2, sampleRate: 44100, channels: 2 },
    info: { sampleRate: 44100, channels: 2 },
  };

  it('write a header, golden', () => {
    const header = flvForm.createMuxer([track]).header([track]);
    expect(header.subarray(0, 13).toString('hex')).toBe('464c5601040000000900000000');
    const metadata = parseFlvMetadata(header.subarray(24, 24 + header.readUIntBE(14, 3)));
    expect([amf0Get(metadata, 'audiocodecid'), amf0Get(metadata, 'audiosamplerate'), amf0Get(metadata, 'stereo'), amf0Get(metadata, 'videocodecid')]).toEqual([
      10,
      44100,
      true,
      undefined,
    ]);
    expect(header.subarray(-19).toString('hex')).toBe('08000004000000000000 00af001210 0000000f'.replaceAll(' ', ''));
  });

  it('tell of a track that comes late', () => {
    const out: Buffer[] = [];
    const muxer = flvForm.createMuxer([]);
    muxer.header([]);
    muxer.changed(track, 44100, { append: (bytes) => out.push(bytes) });
    expect(out.map((tag) => [tag[0], tag.readUIntBE(4, 3)])).toEqual([
      [script, 0],
      [audio, 1000],
    ]);
  });

  it('keep times that go beyond 24 and 32 bits', () => {
    const out: Buffer[] = [];
    const muxer = flvForm.createMuxer([track]);
    for (const ms of [0x01020304, 2 ** 32 + 5, -1])
      muxer.mux(createFrame({ ...track, clockRate: 1000 }, ms, ms, true, [Buffer.of(1)]), { append: (bytes) => out.push(bytes) });
    expect(out.map((tag) => tag.toString('hex', 4, 8))).toEqual(['02030401', '00000500', 'ffffffff']);
  });

  it('are chosen by the query', () => {
    expect([flvFormOf(undefined), flvFormOf({ hevc: '12' }), flvFormOf({ owner: 'x' })]).toEqual([flvForm, flvLegacyHevcForm, flvForm]);
  });
});

describe('tag parser', () => {
  const asc = '1210';
  it.each<[string, string[], string[]]>([
    ['classic AAC', [`af00 ${asc}`, 'af01 0102'], ['0102']],
    ['extended AAC', [`90 6d703461 ${asc}`, '91 6d703461 0102'], ['0102']],
    ['a ModEx before it', [`97 00 aa 00 6d703461 ${asc}`, '97 02 aabbcc 01 6d703461 0102'], ['0102']],
    ['one track of a multitrack', [`95 00 6d703461 00 ${asc}`, '95 01 6d703461 00 0102'], ['0102']],
    ['many tracks, of which the first counts', [`95 10 6d703461 01 000001 aa 00 000002 ${asc}`, '95 11 6d703461 00 000002 0102 01 000001 ff'], ['0102']],
    ['many codecs', [`95 20 6d703461 00 000002 ${asc}`, '95 21 4f707573 01 000001 ff 6d703461 00 000002 0102'], ['0102']],
    ['an empty sequence header and an empty frame', ['af00', `af00 ${asc}`, 'af01', 'af01 0102'], ['0102']],
    ['sequence end, FLAC, Speex, Nellymoser', ['92 6d703461', '91 664c6143 01', 'b6 01', '62 01', ''], []],
  ])('reads %s', (_name, tags, expected) => {
    const parser = new FlvTagParser();
    const frames = tags.map((tag) => parser.receive(audio, 0, hex(tag))).filter((frame) => frame !== undefined);
    expect(frames.map(({ units }) => Buffer.concat(units).toString('hex'))).toEqual(expected);
  });

  it('says what it leaves out, and which kinds metadata announces', () => {
    const ignored: string[] = [];
    const kinds: unknown[] = [];
    const parser = new FlvTagParser({ onIgnored: (reason) => ignored.push(reason), onMetadata: (_metadata, found) => kinds.push(found) });
    parser.receive(audio, 0, hex('91 664c6143 01'));
    parser.receive(script, 0, hex('02 000a 6f6e4d65746144617461 ff'));
    parser.receive(
      script,
      0,
      hex('02 000d 40736574446174614672616d65 02 000a 6f6e4d65746144617461 08 00000000 000c 766964656f636f6465636964 00 401c000000000000 000009'),
    );
    parser.receive(script, 0, hex('02 0007 6f6e4f74686572 05'));
    expect(ignored).toEqual(['codec', 'script']);
    expect(kinds).toEqual([['video']]);
  });

  it.each([
    ['a composition time that is cut', video, '27 01 00'],
    ['a FourCC that is cut', video, '90 6876'],
    ['a NAL unit beyond the end', video, '27 01 000000 000000ff 65'],
    ['an avcC that is none', video, '17 00 000000 0142'],
    ['an AudioSpecificConfig that is none', audio, 'af00 ff'],
    ['a multitrack that is cut', video, '96 10 68766331 01 0000ff 00'],
  ])('refuses %s', (_name, type, body) => {
    expect(() => new FlvTagParser().receive(type, 0, hex(body))).toThrow(SluiceError);
  });

  it('throws nothing but SluiceErrors, whatever the bytes', () => {
    const parser = new FlvTagParser({ onMetadata: () => {} });
    const heads = fc.constantFrom('17', '27', '1c', '90', '91', '93', '96', '97', 'af', '95', '72', '');
    fc.assert(
      fc.property(heads, fc.constantFrom(video, audio, script), fc.uint8Array({ maxLength: 80 }), (head, type, bytes) => {
        try {
          parser.receive(type, 0, Buffer.concat([hex(head), bytes]));
        } catch (error) {
          expect(error).toBeInstanceOf(SluiceError);
        }
      }),
      { numRuns: 3000, seed: 3 },
    );
  });
});

describe('demuxer', () => {
  it.each([
    ['no FLV', Buffer.from('RIFF....WAVE'), 'ERR_FLV_SIGNATURE'],
    ['an encrypted tag', Buffer.concat([hex('464c5601050000000900000000'), hex('29 000001 000000 00 000000 00')]), 'ERR_FLV_ENCRYPTED'],
    ['a tag beyond its limit', Buffer.concat([hex('464c5601050000000900000000'), hex('09 ffffff 000000 00 000000 00')]), 'ERR_FLV_TAG_TOO_LARGE'],
  ])('refuses %s', (_name, bytes, code) => {
    expect(() => new FlvDemuxer({ onFrame: () => {} }).receive(bytes)).toThrow(expect.objectContaining({ code }));
  });

  there('survives the corpus, cut anywhere', () => {
    const folder = join(cases, 'corpus/flv/srs');
    for (const name of readdirSync(folder)) {
      const bytes = readFileSync(join(folder, name));
      const whole = Buffer.concat([hex('464c5601050000000900000000'), bytes]);
      for (const input of [bytes, whole, Buffer.concat([whole.subarray(0, 13), serializeTag(video, 0, bytes)])]) {
        for (const step of [1, 5, 1000]) {
          const demuxer = new FlvDemuxer({ onFrame: () => {}, onMetadata: () => {} });
          try {
            for (let at = 0; at < input.length; at += step) demuxer.receive(input.subarray(at, at + step));
          } catch (error) {
            expect(error).toBeInstanceOf(SluiceError);
          }
        }
      }
    }
  });
});
