import { rtmpError } from '../errors.js';
import { type RtmpMessage, RtmpType, UserControl } from './message.js';

/** A protocol control message (RTMP 1.0, 5.4) or ping (7.1.7), as far as either side acts on it. */
export type RtmpControl = { readonly kind: 'ping'; readonly timestamp: number } | { readonly kind: 'chunkSize' | 'abort' | 'window'; readonly value: number };

const KINDS: Readonly<Partial<Record<number, 'chunkSize' | 'abort' | 'window'>>> = {
  [RtmpType.setChunkSize]: 'chunkSize',
  [RtmpType.abort]: 'abort',
  [RtmpType.windowAckSize]: 'window',
};

/** Reads a control message; `undefined` where there is nothing to be done. Throws `ERR_RTMP_MESSAGE`. */
export function readControl({ type, body }: RtmpMessage): RtmpControl | undefined {
  if (type === RtmpType.userControl) {
    const isPing = body.length >= 6 && body.readUInt16BE() === UserControl.pingRequest;
    return isPing ? { kind: 'ping', timestamp: body.readUInt32BE(2) } : undefined;
  }
  const kind = KINDS[type];
  if (kind === undefined) return undefined;
  if (body.length < 4) throw rtmpError('ERR_RTMP_MESSAGE', `control message ${type} of ${body.length} bytes`);
  return { kind, value: body.readUInt32BE() };
}
