import { parametersOf, type Track } from '@sluice/core';
import type {} from '@sluice/plugin-codec-aac';
import type {} from '@sluice/plugin-codec-h264';
import type {} from '@sluice/plugin-codec-h265';
import type { RtpFormat } from './rtp-format.js';

const VIDEO_CLOCK_RATE = 90_000;

/** The format in which a track is sent, with what `a=fmtp` says of it; `undefined` for codecs that no payload format is known of here. */
export function rtpFormatOf(track: Track): RtpFormat | undefined {
  switch (track.codec) {
    case 'h264':
      return h264Format(track);
    case 'h265':
      return h265Format(track);
    case 'aac':
      return aacFormat(track);
    case 'g711a':
      return g711Format('PCMA', track);
    case 'g711u':
      return g711Format('PCMU', track);
    case 'opus':
      return opusFormat(track);
    default:
      return undefined;
  }
}

/** RFC 6184 8.1. The level id is the three bytes behind the header of the SPS. */
function h264Format(track: Track): RtpFormat | undefined {
  const parameters = parametersOf(track, 'h264');
  const sps = parameters?.sps[0];
  if (parameters === undefined || sps === undefined) return undefined;
  return {
    encoding: 'H264',
    clockRate: VIDEO_CLOCK_RATE,
    parameters: {
      'packetization-mode': '1',
      'profile-level-id': sps.toString('hex', 1, 4).toUpperCase(),
      'sprop-parameter-sets': base64List([...parameters.sps, ...parameters.pps]),
    },
  };
}

/** RFC 7798 7.1. */
function h265Format(track: Track): RtpFormat | undefined {
  const sets = parametersOf(track, 'h265');
  if (sets === undefined) return undefined;
  const { vps, sps, pps } = sets;
  const parameters = {
    ...(vps.length > 0 ? { 'sprop-vps': base64List(vps) } : {}),
    'sprop-sps': base64List(sps),
    'sprop-pps': base64List(pps),
  };
  return { encoding: 'H265', clockRate: VIDEO_CLOCK_RATE, parameters };
}

function base64List(units: readonly Buffer[]): string {
  return units.map((unit) => unit.toString('base64')).join(',');
}

/** RFC 3640 4.1: the clock is that of the samples. */
function aacFormat(track: Track): RtpFormat | undefined {
  const aac = parametersOf(track, 'aac');
  if (aac === undefined) return undefined;
  const { config, sampleRate, channels } = aac;
  return {
    encoding: 'MPEG4-GENERIC',
    clockRate: sampleRate,
    ...(channels > 0 ? { channels } : {}),
    parameters: {
      streamtype: '5',
      'profile-level-id': '1',
      mode: 'AAC-hbr',
      sizelength: '13',
      indexlength: '3',
      indexdeltalength: '3',
      config: config.toString('hex').toUpperCase(),
    },
  };
}

function g711Format(encoding: 'PCMA' | 'PCMU', { info }: Track): RtpFormat {
  return { encoding, clockRate: info.sampleRate ?? 8000, channels: info.channels ?? 1, parameters: {} };
}

/** RFC 7587 7: always 48000 and 2, whatever is coded. */
function opusFormat({ info }: Track): RtpFormat {
  return { encoding: 'OPUS', clockRate: 48_000, channels: 2, parameters: info.channels === 1 ? {} : { 'sprop-stereo': '1' } };
}
