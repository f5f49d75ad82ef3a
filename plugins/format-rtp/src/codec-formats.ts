import type { CodecDescriptor, FrameBuilderOptions } from '@sluice/core';
import { aac, makeAudioSpecificConfig, parseAudioSpecificConfig } from '@sluice/plugin-codec-aac';
import { g711a, g711u } from '@sluice/plugin-codec-g711';
import { H264NalType, h264, h264NalType } from '@sluice/plugin-codec-h264';
import { H265NalType, h265, h265NalType } from '@sluice/plugin-codec-h265';
import { opus } from '@sluice/plugin-codec-opus';
import { outOfBandParameters } from './out-of-band.js';
import type { RtpFormat } from './rtp-format.js';

const CODECS: ReadonlyMap<string, CodecDescriptor> = new Map([
  ['H264', h264],
  ['H265', h265],
  ['MPEG4-GENERIC', aac],
  ['MP4A-LATM', aac],
  ['PCMA', g711a],
  ['PCMU', g711u],
  ['OPUS', opus],
]);

/** The codec of an RTP encoding; `undefined` for those that no codec here knows. */
export function codecOf(format: RtpFormat): CodecDescriptor | undefined {
  return CODECS.get(format.encoding);
}

/** What the format says of its track: hints, and the codec's parameters where there are any. May throw a codec error. */
export function trackOptions(format: RtpFormat): Pick<FrameBuilderOptions, 'hints' | 'parameters'> {
  const { clockRate } = format;
  const channels = channelsOf(format);
  const parameters = codecParameters(format);
  return {
    hints: { sampleRate: clockRate, ...(channels === undefined ? {} : { channels }) },
    ...(parameters === undefined ? {} : { parameters }),
  };
}

/** RFC 7587 6.1, 7: an rtpmap of Opus says 2 always, and mono is what is likely sent where nothing else is said. */
function channelsOf({ encoding, channels, parameters }: RtpFormat): number | undefined {
  if (encoding !== 'OPUS') return channels;
  return parameters['sprop-stereo'] === '1' ? 2 : 1;
}

function codecParameters(format: RtpFormat): unknown {
  const { units, audioSpecificConfig } = outOfBandParameters(format);
  switch (format.encoding) {
    case 'H264': {
      const sets = { sps: units.filter((unit) => h264NalType(unit) === H264NalType.sps), pps: units.filter((unit) => h264NalType(unit) === H264NalType.pps) };
      return sets.sps.length > 0 && sets.pps.length > 0 ? sets : undefined;
    }
    case 'H265': {
      const of = (type: number) => units.filter((unit) => h265NalType(unit) === type);
      const sets = { vps: of(H265NalType.vps), sps: of(H265NalType.sps), pps: of(H265NalType.pps) };
      return sets.sps.length > 0 && sets.pps.length > 0 ? sets : undefined;
    }
    case 'MPEG4-GENERIC':
      // GB/T 28181-2022 annex C writes `AAC/8000/1` and no config.
      return parseAudioSpecificConfig(audioSpecificConfig ?? makeAudioSpecificConfig({ sampleRate: format.clockRate, channels: format.channels ?? 1 }));
    default:
      return audioSpecificConfig === undefined ? undefined : parseAudioSpecificConfig(audioSpecificConfig);
  }
}
