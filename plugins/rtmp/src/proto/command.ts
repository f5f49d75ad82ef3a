import { type Amf0Value, parseAmf0 } from '@sluice/plugin-format-flv';
import { rtmpError } from '../errors.js';
import type { RtmpLimits } from './limits.js';
import { type RtmpMessage, RtmpType } from './message.js';

/** A command (RTMP 1.0, 7.1.1 and 7.2). */
export interface RtmpCommand {
  readonly name: string;
  /** 0 where no answer is wanted. */
  readonly transactionId: number;
  /** The command object, mostly null but for `connect`. */
  readonly object: Amf0Value;
  readonly args: readonly Amf0Value[];
}

/** Reads a command message of type 20, or 17, whose body is AMF0 after one byte. Throws `ERR_AMF0_…` or `ERR_RTMP_MESSAGE`. */
export function parseCommand(message: RtmpMessage, limits: RtmpLimits): RtmpCommand {
  const body = message.type === RtmpType.commandAmf3 && message.body[0] === 0 ? message.body.subarray(1) : message.body;
  const [name, transactionId, object, ...args] = parseAmf0(body, { maxStringBytes: limits.commandBytes });
  if (typeof name !== 'string') throw rtmpError('ERR_RTMP_MESSAGE', 'a command without a name');
  return { name, transactionId: typeof transactionId === 'number' ? transactionId : 0, object, args };
}
