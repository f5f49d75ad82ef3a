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

/** A failure by what mpegts.js reports. */
export function mpegtsFailure(type: string, detail: string, info: { code?: number; msg?: string } | undefined, path: string): Failure {
  const message = info?.msg ?? detail;
  if (type === mpegts.ErrorTypes.NETWORK_ERROR) {
    if (detail === mpegts.ErrorDetails.NETWORK_STATUS_CODE_INVALID && info?.code !== undefined) return statusFailure(info.code, path);
    return { text: 'errNetwork', value: '', remedy: 'retry' };
  }
  if (HEVC.test(message)) return { text: 'errH265', value: '', remedy: 'none' };
  if (/audio/i.test(message)) return { text: 'noteNoAudio', value: message.replace(/^.*(codec\S*:?\s*)/i, ''), remedy: 'no-audio' };
  if (detail === mpegts.ErrorDetails.MEDIA_CODEC_UNSUPPORTED) return { text: 'errVideoCodec', value: message, remedy: 'none' };
  return { text: 'errMedia', value: message, remedy: 'retry' };
}

/** True where Media Source Extensions play H.265 here. */
export function playsH265(): boolean {
  return typeof MediaSource !== 'undefined' && MediaSource.isTypeSupported('video/mp4; codecs="hvc1.1.6.L93.B0"');
}
