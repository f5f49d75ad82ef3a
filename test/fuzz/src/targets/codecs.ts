import { Buffer } from 'node:buffer';
import type { CodecDescriptor } from '@sluice/core';
import { aac, adtsConfig, countChannels, makeAudioSpecificConfig, parseAdtsHeader, parseAudioSpecificConfig, splitAdts } from '@sluice/plugin-codec-aac';
import { h264, parseAvcC, parseSps as parseH264Sps, parsePpsHead, serializeAvcC } from '@sluice/plugin-codec-h264';
import { h265, parseSps as parseH265Sps, parseHvcC, parsePpsId, parseVpsId, serializeHvcC } from '@sluice/plugin-codec-h265';
import { joinAnnexB, splitAnnexB, splitLengthPrefixed, unescapeRbsp } from '@sluice/plugin-codec-nal';
import { makeOpusHead, opus, parseOpusHead, parseOpusPacketHead } from '@sluice/plugin-codec-opus';
import { type Seeds, type Target, type Tell, wholeTarget } from '../target.js';
import { only, tellFrame } from './tell.js';

const hex = (text: string) => Buffer.from(text, 'hex');
const h264Sps = hex('6742c01ed903c56840000003004000000c03c58b92');
const h264Pps = hex('68cb8cb2');
const h265Vps = hex('40010c01ffff01600000030090000003000003003c959809');
const h265Sps = hex('420101016000000300900000030000030 03ca00a080f16595 9a4932b80'.replaceAll(' ', ''));
const h265Pps = hex('4401c173d089');

/** Access units as `dts-seq` of the corpus has them: eight bytes of time, four of length, little-endian, Annex B. */
function timed(...units: readonly Buffer[]): Buffer {
  return Buffer.concat(
    units.flatMap((unit, index) => {
      const head = Buffer.alloc(12);
      head.writeBigInt64LE(BigInt(3000 * index));
      head.writeUInt32LE(unit.length, 8);
      return [head, unit];
    }),
  );
}

function built(codec: CodecDescriptor, clockRate: number, input: Buffer, tell: Tell, split: (unit: Buffer) => Buffer[]): void {
  const builder = codec.createBuilder({ trackId: 0, clockRate });
  const frameOf = tellFrame(tell);
  for (let at = 0; at + 12 <= input.length; ) {
    const end = at + 12 + input.readUInt32LE(at + 8);
    const time = Number(input.readBigInt64LE(at));
    only(
      tell,
      () => {
        const frame = builder.build(split(input.subarray(at + 12, end)), time, time);
        if (frame !== undefined) frameOf(frame);
        return builder.track?.info;
      },
      'track',
    );
    at = end;
  }
}

const annexB = (...units: readonly Buffer[]) => joinAnnexB(units);
const h264Seeds: Seeds = {
  kinds: ['dts-seq'],
  wrapped: ['h264-es', 'h264', 'annexb', 'h264-nalu'].map((kind) => ({ kind, wrap: (bytes: Buffer) => timed(bytes) })),
  made: [timed(annexB(h264Sps, h264Pps, hex('65888400')), annexB(hex('41 9a 24'.replaceAll(' ', ''))))],
};
const h265Seeds: Seeds = {
  kinds: ['dts-seq'],
  wrapped: ['h265-es', 'annexb', 'h265-nalu'].map((kind) => ({ kind, wrap: (bytes: Buffer) => timed(bytes) })),
  made: [timed(annexB(h265Vps, h265Sps, h265Pps, hex('2601af08')))],
};
const nalWords = ['00000001', '000001', '000003', '67', '68', '6588', '4201', '4401', '2601'].map(hex);
/** Without its emulation prevention and one-byte NAL header a set cannot be told from others: seeds of both codecs go to both. */
const setKinds = ['h264-sps', 'h265-sps', 'h265-sps/pps', 'h26x-ps', 'h264-nalu', 'h265-nalu'];

export const codecTargets: readonly Target[] = [
  wholeTarget('h264-sets', { kinds: setKinds, made: [h264Sps, h264Pps] }, (input, tell) => {
    only(tell, () => parseH264Sps(input), 'sps');
    only(tell, () => parsePpsHead(input), 'pps');
  }),
  wholeTarget('h265-sets', { kinds: setKinds, made: [h265Vps, h265Sps, h265Pps] }, (input, tell) => {
    only(tell, () => parseH265Sps(input), 'sps');
    only(tell, () => parseVpsId(input), 'vps');
    only(tell, () => parsePpsId(input), 'pps');
  }),
  wholeTarget('avcc', { made: [serializeAvcC({ sps: [h264Sps], pps: [h264Pps] })] }, (input, tell) => {
    const { parameters, lengthSize } = parseAvcC(input);
    tell('record', parameters, lengthSize);
    only(tell, () => serializeAvcC(parameters), 'again');
  }),
  wholeTarget('hvcc', { made: [serializeHvcC({ vps: [h265Vps], sps: [h265Sps], pps: [h265Pps] })] }, (input, tell) => {
    const { parameters, lengthSize } = parseHvcC(input);
    tell('record', parameters, lengthSize);
    only(tell, () => serializeHvcC(parameters), 'again');
  }),
  wholeTarget('nal-framing', { kinds: ['annexb', 'avcc', 'h264-es', 'h265-es'], made: [annexB(h264Sps, h264Pps), hex('000000026742')] }, (input, tell) => {
    const units = splitAnnexB(input);
    tell('units', units, units.map(unescapeRbsp));
    for (const lengthSize of [1, 2, 3, 4]) only(tell, () => splitLengthPrefixed(input, lengthSize), 'length prefixed');
  }),
  wholeTarget('h264-builder', h264Seeds, (input, tell) => built(h264, 90_000, input, tell, splitAnnexB), { words: nalWords }),
  wholeTarget('h265-builder', h265Seeds, (input, tell) => built(h265, 90_000, input, tell, splitAnnexB), { words: nalWords }),
  wholeTarget('aac-config', { kinds: ['aac-config', 'aac-config/adts'], made: [hex('1210'), hex('2b098800'), hex('119056e500')] }, (input, tell) => {
    const config = parseAudioSpecificConfig(input);
    tell('config', config);
    only(tell, () => makeAudioSpecificConfig(config), 'again');
  }),
  wholeTarget('adts', { kinds: ['adts', 'aac-config/adts'], files: ['plugins/format-mpeg/test/fixtures/avatar-head.aac'] }, (input, tell) => {
    only(tell, () => adtsConfig(parseAdtsHeader(input), input.subarray(7)), 'header');
    only(tell, () => countChannels(input), 'channels');
    tell('frames', splitAdts(input));
  }),
  wholeTarget(
    'aac-builder',
    {
      wrapped: [{ kind: 'adts', wrap: (bytes) => timed(bytes) }],
      files: ['plugins/format-mpeg/test/fixtures/avatar-head.aac'],
      made: [timed(hex('fff15080 03bffc2110'.replaceAll(' ', '')))],
    },
    (input, tell) => {
      built(aac, 44_100, input, tell, (unit) => [unit]);
    },
  ),
  wholeTarget('opus', { made: [makeOpusHead({ channels: 2 }), timed(hex('fc01020304'), hex('ff0301')), hex('7b83')] }, (input, tell) => {
    only(tell, () => parseOpusHead(input), 'head');
    only(tell, () => parseOpusPacketHead(input), 'packet');
    built(opus, 48_000, input, tell, (unit) => [unit]);
  }),
];
