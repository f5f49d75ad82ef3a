import { type CodecName, parametersOf, type Track } from '@sluice/core';
import { aac, parseAudioSpecificConfig } from '@sluice/plugin-codec-aac';
import { g711a, g711u } from '@sluice/plugin-codec-g711';
import { h264, parseAvcC, serializeAvcC } from '@sluice/plugin-codec-h264';
import { h265, parseHvcC, serializeHvcC } from '@sluice/plugin-codec-h265';
import { opus, parseOpusHead } from '@sluice/plugin-codec-opus';
import { flvError } from './errors.js';
import type { FlvMapping } from './mapping.js';

function known<P>(parameters: P | undefined, codec: CodecName): P {
  if (parameters === undefined) throw flvError('ERR_FLV_TAG', `a track of ${codec} without parameters`);
  return parameters;
}

// SoundFormat 7 and 8 have no sampling rate but 8 kHz (FLV specification E.4.2.1): at another one it is heard too slow.
const at8kHz = (track: Track) => (track.info.sampleRate ?? 8000) === 8000;

/** The codecs that FLV carries here. */
export const flvMappings: readonly FlvMapping[] = [
  {
    codec: h264,
    codecId: 7,
    fourCc: 'avc1',
    nalUnits: true,
    packetType: true,
    compositionTime: true,
    config: { parse: parseAvcC, serialize: (track) => serializeAvcC(known(parametersOf(track, 'h264'), 'h264')) },
  },
  {
    codec: h265,
    codecId: 12, // never in the specification, but what Chinese cameras, players and CDNs agreed on
    fourCc: 'hvc1',
    preferFourCc: true,
    nalUnits: true,
    packetType: true,
    compositionTime: true,
    config: { parse: parseHvcC, serialize: (track) => serializeHvcC(known(parametersOf(track, 'h265'), 'h265')) },
  },
  {
    codec: aac,
    codecId: 10,
    fourCc: 'mp4a',
    nalUnits: false,
    packetType: true,
    config: {
      parse: (record) => ({ parameters: parseAudioSpecificConfig(record) }),
      serialize: (track) => known(parametersOf(track, 'aac'), 'aac').config,
    },
  },
  { codec: g711a, codecId: 7, nalUnits: false, packetType: false, plays: at8kHz },
  { codec: g711u, codecId: 8, nalUnits: false, packetType: false, plays: at8kHz },
  {
    codec: opus, // Enhanced RTMP v2: the sequence header is the identification header of RFC 7845
    fourCc: 'Opus',
    nalUnits: false,
    packetType: true,
    config: {
      parse: (record) => ({ parameters: parseOpusHead(record) }),
      serialize: (track) => known(parametersOf(track, 'opus'), 'opus').head,
    },
  },
];
