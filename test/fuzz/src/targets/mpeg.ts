import { Buffer } from 'node:buffer';
import { PsFrames, parsePesHeader, parseProgramStreamMap, TsFrames } from '@sluice/plugin-format-mpeg';
import { AdtsSplitter } from '../../../../plugins/format-mpeg/src/adts-splitter.js';
import { parseProgramAssociation, parseProgramMap, SectionReader } from '../../../../plugins/format-mpeg/src/ts-psi.js';
import { type Target, type Tell, wholeTarget } from '../target.js';
import { tellCounts, tellFrame } from './tell.js';

const fixtures = 'plugins/format-mpeg/test/fixtures';
/** The map of a camera that calls its own streams by descriptors. */
const hikvisionMap = Buffer.from(
  '005ef8ff00244 0484b01001414 40166bbf00ffffff4112484b00010203040506 0708090a0b0c0d0e0f00301be0001c420e071010ea050002d011300000 1c212a0a7fff0000071fe a05a90c0000c430a0140fe007d0303e803fff6539403'.replaceAll(
    ' ',
    '',
  ),
  'hex',
);
const psWords = ['000001ba', '000001bb', '000001bc', '000001bd', '000001c0', '000001e0', '000001b9', '00000001', '0000000165', '000000016742'];
const unit = (tell: Tell) => ({ frame: tellFrame(tell), unsupported: (codec: string) => tell('unsupported', codec) });

export const mpegTargets: readonly Target[] = [
  {
    name: 'ps',
    seeds: {
      kinds: ['mpeg-ps'],
      cases: ['gb28181/srs-hik-iframe-head.ps'],
      files: ['srs-hik-iframe-head.ps', 'avatar-head.av.gst', 'avatar-head.h264.vob', 'avatar-head.h265.mpeg'].map((file) => `${fixtures}/${file}`),
    },
    words: psWords.map((word) => Buffer.from(word, 'hex')),
    cuts: 'nothing',
    copies: true,
    maxBytes: 24 * 1024,
    start(tell) {
      const frames = new PsFrames(unit(tell));
      return {
        push: (piece) => frames.push(piece),
        end() {
          frames.finish();
          tellCounts(tell, { ...frames.counts, ...frames.demuxed });
        },
      };
    },
  },
  {
    name: 'ts',
    seeds: {
      kinds: ['mpegts'],
      files: ['avatar-head.av.gst.ts', 'avatar-head.h264.ts', 'avatar-head.h265.ts'].map((file) => `${fixtures}/${file}`),
    },
    words: [Buffer.of(0x47), Buffer.of(0x47, 0x40, 0, 0x10), Buffer.from('000001e0', 'hex'), Buffer.from('000001c0', 'hex')],
    // A chunk that is a packet just so needs no second sync byte, as in RTP.
    cuts: 'anything',
    copies: true,
    maxBytes: 24 * 1024,
    start(tell) {
      const frames = new TsFrames(unit(tell));
      return {
        push: (piece) => frames.push(piece),
        end() {
          frames.finish();
          tellCounts(tell, { ...frames.counts, ...frames.demuxed });
        },
      };
    },
  },
  wholeTarget(
    'ts-tables',
    { kinds: ['ts-descriptor'], made: [Buffer.from('0002b017000 1c10000e100f0001be100f0000fe101f000'.replaceAll(' ', ''), 'hex')] },
    (input, tell) => {
      const reader = new SectionReader();
      for (let at = 0; at < input.length; at += 184) {
        const section = reader.push(input.subarray(at, at + 184), at === 0 || ((input[at] as number) & 1) === 1);
        if (section !== undefined) tell('section', section);
      }
      tell('association', parseProgramAssociation(input));
      tell('map', parseProgramMap(input));
    },
  ),
  wholeTarget('ps-map', { made: [hikvisionMap, hikvisionMap.subarray(2)] }, (input, tell) => tell('map', parseProgramStreamMap(input))),
  wholeTarget('pes-header', { made: [Buffer.from('000001e0002a8c800f21000100010000000000000000000000', 'hex')] }, (input, tell) =>
    tell('header', parsePesHeader(input)),
  ),
  {
    name: 'adts-in-pes',
    seeds: { kinds: ['adts', 'aac-config/adts'], files: [`${fixtures}/avatar-head.aac`] },
    words: [Buffer.of(0xff, 0xf1), Buffer.of(0xff, 0xf9)],
    cuts: 'nothing',
    start(tell) {
      const splitter = new AdtsSplitter();
      return {
        push(piece) {
          for (const { data, ticks } of splitter.push(piece)) tell('frame', data, ticks);
        },
      };
    },
  },
];
