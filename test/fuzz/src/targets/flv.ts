import { Buffer } from 'node:buffer';
import type { Track } from '@sluice/core';
import { FlvDemuxer, FlvTagParser, parseAmf0, parseFlvMetadata, serializeAmf0, serializeFlvHead, serializeTag } from '@sluice/plugin-format-flv';
import { type Target, type Tell, wholeTarget } from '../target.js';
import { tellFrame } from './tell.js';

const tellTrack = (tell: Tell) => (track: Track) => tell('track', track.id, track.codec, track.epoch, track.info, track.parameters);

const metadata = serializeAmf0('onMetaData', { width: 640, videocodecid: 7, audiocodecid: 10, keyframes: { times: [0, 1], filepositions: [10, 20] } });
const hvc1 = Buffer.concat([Buffer.of(0x90), Buffer.from('hvc1'), Buffer.alloc(30, 1)]);
const file = Buffer.concat([
  serializeFlvHead(true, true),
  serializeTag(18, 0, metadata),
  serializeTag(9, 0, hvc1),
  serializeTag(8, 5, Buffer.of(0x72, 1, 2, 3)),
]);
/** A tag as `flv-tags` takes it: type, four bytes of time, two of length, body. */
const tag = (type: number, body: Buffer) => Buffer.concat([Buffer.of(type, 0, 0, 0, 40, body.length >> 8, body.length), body]);

function tags(input: Buffer, tell: Tell): void {
  const parser = new FlvTagParser({
    onTrack: tellTrack(tell),
    onMetadata: (value, kinds) => tell('metadata', value, kinds),
    onIgnored: (why) => tell('ignored', why),
  });
  for (let at = 0; at + 7 <= input.length; ) {
    const end = at + 7 + input.readUInt16BE(at + 5);
    const frame = parser.receive(input[at] as number, input.readUInt32BE(at + 1), input.subarray(at + 7, end));
    if (frame !== undefined) tellFrame(tell)(frame);
    at = end;
  }
}

/** Numbers of AMF0 need not be safe integers; what comes out must be what can be written again. */
function amf0(input: Buffer, tell: Tell): void {
  const values = parseAmf0(input);
  tell('values', values);
  const again = parseAmf0(serializeAmf0(...values));
  if (JSON.stringify(again) !== JSON.stringify(values)) throw new Error('AMF0 is not the same, written and read again');
}

export const flvTargets: readonly Target[] = [
  {
    name: 'flv-file',
    seeds: { kinds: ['flv'], cases: ['media/avatar.flv'], files: ['plugins/camera/test/fixtures/g711.flv'], made: [file] },
    words: ['FLV', 'hvc1', 'avc1', 'mp4a', 'Opus', 'onMetaData'],
    cuts: 'nothing',
    copies: true,
    start(tell) {
      const demuxer = new FlvDemuxer({ onFrame: tellFrame(tell), onTrack: tellTrack(tell), onMetadata: (value, kinds) => tell('metadata', value, kinds) });
      return { push: (piece) => demuxer.receive(piece) };
    },
  },
  wholeTarget(
    'flv-tags',
    { made: [Buffer.concat([tag(18, metadata), tag(9, hvc1), tag(8, Buffer.of(0xaf, 0, 0x12, 0x10)), tag(8, Buffer.of(0xaf, 1, 1, 2, 3))])] },
    tags,
    { words: ['hvc1', 'avc1', 'mp4a', 'Opus', 'vp09', Buffer.of(0x17, 0, 0, 0, 0, 1), Buffer.of(0x27, 1, 0, 0, 0), Buffer.of(0xaf, 0)] },
  ),
  wholeTarget('amf0', { kinds: ['amf0'], made: [metadata] }, amf0, {
    words: [Buffer.of(0, 0, 9), Buffer.of(3), Buffer.of(8, 0xff, 0xff, 0xff, 0xff), Buffer.of(10)],
  }),
  wholeTarget('flv-metadata', { kinds: ['amf0'], made: [metadata] }, (input, tell) => tell('metadata', parseFlvMetadata(input))),
];
