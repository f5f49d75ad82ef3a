import type { Track } from '@sluice/core';
import { parseAudioSpecificConfig } from '@sluice/plugin-codec-aac';
import { makeOpusHead, parseOpusHead } from '@sluice/plugin-codec-opus';
import { codecOf, createDepacketizer, parseRtpFormat, type RtpFormat, rtpFormatOf, sdpFormat, trackOptions } from '../src/index.js';
import { bytes } from './support.js';

const sps = bytes('67640020acd940c029b011000003000100000300320f183196');
const pps = bytes('68ebecb22c');
const vps265 = bytes('40010c01ffff01600000030090000003000003003f959809');
const sps265 = bytes('42010101600000030090000003000003003fa00602014165959a4932bc05a708000003000800000300c840');
const pps265 = bytes('4401c172b46240');

const video = (codec: string, parameters: unknown): Track => ({ id: 0, kind: 'video', codec, clockRate: 90_000, epoch: 0, parameters, info: {} });
const audio = (codec: string, parameters: unknown, sampleRate: number, channels: number, clockRate = sampleRate): Track => ({
  id: 1,
  kind: 'audio',
  codec,
  clockRate,
  epoch: 0,
  parameters,
  info: { sampleRate, channels },
});
const aacParameters = parseAudioSpecificConfig(bytes('1210'));

/** The track that a format describes, as far as it does. */
const trackOf = (format: RtpFormat, trackId: number) => codecOf(format)?.createBuilder({ trackId, clockRate: format.clockRate, ...trackOptions(format) }).track;

const TRACKS: readonly [string, Track, string, string | undefined, number | undefined][] = [
  [
    'H.264',
    video('h264', { sps: [sps], pps: [pps] }),
    'H264/90000',
    `packetization-mode=1;profile-level-id=640020;sprop-parameter-sets=${sps.toString('base64')},${pps.toString('base64')}`,
    undefined,
  ],
  [
    'H.265',
    video('h265', { vps: [vps265], sps: [sps265], pps: [pps265] }),
    'H265/90000',
    `sprop-vps=${vps265.toString('base64')};sprop-sps=${sps265.toString('base64')};sprop-pps=${pps265.toString('base64')}`,
    undefined,
  ],
  [
    'AAC',
    audio('aac', aacParameters, 44_100, 2),
    'mpeg4-generic/44100/2',
    'streamtype=5;profile-level-id=1;mode=AAC-hbr;sizelength=13;indexlength=3;indexdeltalength=3;config=1210',
    undefined,
  ],
  ['G.711 A-law', audio('g711a', undefined, 8000, 1), 'PCMA/8000', undefined, 8],
  ['G.711 mu-law', audio('g711u', undefined, 8000, 1), 'PCMU/8000', undefined, 0],
  ['G.711 at 16 kHz in stereo', audio('g711a', undefined, 16_000, 2), 'PCMA/16000/2', undefined, undefined],
  ['Opus in stereo', audio('opus', parseOpusHead(makeOpusHead({ channels: 2 })), 48_000, 2), 'opus/48000/2', 'sprop-stereo=1', undefined],
  ['Opus in mono', audio('opus', parseOpusHead(makeOpusHead({ channels: 1 })), 48_000, 1), 'opus/48000/2', undefined, undefined],
];

describe('a track as SDP describes it', () => {
  it.each(TRACKS)('%s', (_name, track, rtpmap, fmtp, staticPayloadType) => {
    expect(sdpFormat(track)).toEqual({
      rtpmap,
      ...(fmtp === undefined ? {} : { fmtp }),
      ...(staticPayloadType === undefined ? {} : { staticPayloadType }),
    });
  });

  it.each(TRACKS)('%s: the description gives the same track', (_name, track, rtpmap, fmtp) => {
    const format = parseRtpFormat(rtpmap, fmtp);
    const back = trackOf(format, track.id);
    expect(back).toMatchObject({ codec: track.codec, kind: track.kind, clockRate: format.clockRate, id: track.id });
    expect(back?.info).toMatchObject(track.info);
    if (track.codec !== 'aac') expect(back?.parameters).toEqual(track.parameters);
    expect(rtpFormatOf(back as Track)).toEqual(rtpFormatOf(track));
  });

  it('says nothing of a codec without payload format, or of a picture whose parameters are not known', () => {
    expect(sdpFormat(audio('g726', undefined, 8000, 1))).toBeUndefined();
    expect(sdpFormat(video('h264', undefined))).toBeUndefined();
    expect(sdpFormat(video('h264', { sps: [], pps: [] }))).toBeUndefined();
  });
});

describe('what a description leaves out', () => {
  it('a picture without parameter sets is waited for', () => {
    const format = parseRtpFormat('H264/90000', 'packetization-mode=1');
    expect(codecOf(format)?.name).toBe('h264');
    expect(trackOf(format, 0)).toBeUndefined();
  });

  it('AAC without config is made of rate and channels (GB/T 28181-2022 annex C)', () => {
    expect(trackOf(parseRtpFormat('AAC/8000/1'), 1)).toMatchObject({ codec: 'aac', info: { sampleRate: 8000, channels: 1 } });
  });

  it('parameters that cannot be read throw', () => {
    expect(() => trackOptions(parseRtpFormat('MPEG4-GENERIC/44100/2', 'config=FFFF'))).toThrow(expect.objectContaining({ code: 'ERR_AAC_CONFIG' }));
  });

  it('an encoding that nothing is known of', () => {
    expect(codecOf(parseRtpFormat('VP8/90000'))).toBeUndefined();
    expect(trackOf(parseRtpFormat('VP8/90000'), 0)).toBeUndefined();
  });
});

it.each([
  ['packetization-mode=0', true],
  ['packetization-mode=1', true],
  ['packetization-mode=2', true],
  ['packetization-mode=2;sprop-interleaving-depth=0', true],
  ['packetization-mode=2;sprop-interleaving-depth=4', false],
])('H.264 with %s', (fmtp, expected) => {
  const sink = { accessUnit: () => undefined };
  expect(createDepacketizer(parseRtpFormat('H264/90000', fmtp), sink) !== undefined).toBe(expected);
});
