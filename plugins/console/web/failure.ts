import mpegts from 'mpegts.js';
import type { TextKey } from './i18n.js';

/** Why playing stopped, and what helps: trying again, leaving the sound out, or nothing. */
export interface Failure {
  readonly text: TextKey;
  readonly value: string;
  readonly remedy: 'retry' | 'no-audio' | 'none';
}

const HEVC = /hvc1|hev1|hevc|h\.?265/i;

/** A failure by the status of an HTTP answer. */
export function statusFailure(status: number, path: string): Failure {
  if (status === 404) return { text: 'errNotFound', value: path, remedy: 'retry' };
  if (status === 401 || status === 403) return { text: 'errNotAllowed', value: '', remedy: 'none' };
  return { text: 'errServer', value: String(status), remedy: status === 400 ? 'none' : 'retry' };
}

/** What mpegts.js tells of an error: an object from its loaders, a bare text from its demuxers. */
export type ErrorInfo = { readonly code?: number; readonly msg?: string } | string | undefined;

/** Names of FLV's SoundFormat numbers (FLV 10.1, E.4.2.1). */
const SOUND_FORMATS: Readonly<Record<string, string>> = { '1': 'ADPCM', '3': 'PCM', '5': 'Nellymoser', '7': 'G.711 A-law', '8': 'G.711 µ-law', '11': 'Speex' };

function audioCodecIn(message: string): string {
  const name = /audio codec(?: idx)?: *(.+)$/i.exec(message)?.[1] ?? message;
  return SOUND_FORMATS[name] ?? name;
}

/** A failure by what mpegts.js reports. */
export function mpegtsFailure(type: string, detail: string, info: ErrorInfo, path: string): Failure {
  const message = (typeof info === 'string' ? info : info?.msg) ?? detail;
  if (type === mpegts.ErrorTypes.NETWORK_ERROR) {
    const status = typeof info === 'object' ? info.code : undefined;
    if (detail === mpegts.ErrorDetails.NETWORK_STATUS_CODE_INVALID && status !== undefined) return statusFailure(status, path);
    return { text: 'errNetwork', value: '', remedy: 'retry' };
  }
  if (HEVC.test(message)) return { text: 'errH265', value: '', remedy: 'none' };
  if (/audio/i.test(message)) return { text: 'noteNoAudio', value: audioCodecIn(message), remedy: 'no-audio' };
  if (detail === mpegts.ErrorDetails.MEDIA_CODEC_UNSUPPORTED) return { text: 'errVideoCodec', value: message, remedy: 'none' };
  return { text: 'errMedia', value: message, remedy: 'retry' };
}

/** True where Media Source Extensions play H.265 here. */
export function playsH265(): boolean {
  return typeof MediaSource !== 'undefined' && MediaSource.isTypeSupported('video/mp4; codecs="hvc1.1.6.L93.B0"');
}
