import { Buffer } from 'node:buffer';
import { createHash } from 'node:crypto';
import { type Amf0Value, serializeAmf0 } from '@sluice/plugin-format-flv';
import { ChunkReader, RtmpClientSession, RtmpServerSession, RtmpType, ServerHandshake, serializeMessage } from '@sluice/plugin-rtmp';
import { parseCommand } from '../../../../plugins/rtmp/src/proto/command.js';
import { readControl } from '../../../../plugins/rtmp/src/proto/control.js';
import { defaultRtmpLimits } from '../../../../plugins/rtmp/src/proto/limits.js';
import { parseRtmpUrl } from '../../../../plugins/rtmp/src/proto/rtmp-url.js';
import { streamUrl } from '../../../../plugins/rtmp/src/proto/stream-url.js';
import { type Target, type Tell, textTarget, wholeTarget } from '../target.js';

/** Always the same, and cheap. */
const tools = {
  randomBytes: (count: number) => Buffer.alloc(count, 0x5a),
  hmacSha256: (key: Buffer, data: Buffer) => createHash('sha256').update(key).update(data).digest(),
};
const handshake = Buffer.concat([Buffer.of(3), Buffer.alloc(1536), Buffer.alloc(1536)]);
const command = (...values: Amf0Value[]) => serializeMessage(3, RtmpType.command, 0, 0, serializeAmf0(...values), 128);
const connect = command('connect', 1, { app: 'live', tcUrl: 'rtmp://h/live?a=1', flashVer: 'FMLE/3.0', fourCcList: ['hvc1'] });
const video = (bytes: number) => serializeMessage(6, RtmpType.video, 1, 40, Buffer.alloc(bytes, 0x27), 128);
const control = (type: number, value: number) => serializeMessage(2, type, 0, 0, Buffer.from([value >>> 24, value >>> 16, value >>> 8, value]), 128);
const conversation = Buffer.concat([connect, command('createStream', 2, null), command('publish', 3, null, 'a?token=b', 'live'), video(400), video(100)]);
const play = Buffer.concat([connect, control(RtmpType.setChunkSize, 4096), command('play', 3, null, 'mp4:a', -2), control(RtmpType.windowAckSize, 10)]);
const chunkKinds = ['rtmp-chunks', 'rtmp-message'];
const words = ['connect', 'publish', 'play', 'deleteStream', 'createStream', '_result', '_error', 'onStatus', 'NetStream.Play.Start'];

function chunks(tell: Tell): ReturnType<Target['start']> {
  const reader = new ChunkReader();
  return {
    push(piece) {
      reader.push(piece);
      for (let message = reader.next(); message !== undefined; message = reader.next()) {
        tell('message', message.type, message.streamId, message.timestampMs, message.body);
        const action = readControl(message);
        if (action?.kind === 'chunkSize') reader.setChunkSize(action.value);
        else if (action?.kind === 'abort') reader.abort(action.value);
      }
      reader.settle();
    },
  };
}

function server(tell: Tell): ReturnType<Target['start']> {
  let asked = false;
  const session: RtmpServerSession = new RtmpServerSession({
    tools,
    fourCcs: ['hvc1'],
    handler: {
      // How answers are joined depends on the pieces.
      send: () => {},
      handshaken: () => tell('handshaken'),
      publish: (request) => {
        tell('publish', request);
        asked = true;
      },
      play: (request) => tell('play', request),
      media: (type, timestampMs, body) => tell('media', type, timestampMs, body),
      stopped: () => tell('stopped'),
    },
  });
  session.receive(Buffer.from(handshake));
  return {
    push(piece) {
      session.receive(piece);
      while (asked) {
        asked = false;
        session.acceptPublish();
      }
    },
  };
}

function client(tell: Tell): ReturnType<Target['start']> {
  const session = new RtmpClientSession({
    purpose: 'play',
    tools,
    target: parseRtmpUrl('rtmp://host/live/a'),
    handler: {
      send: () => {},
      started: (streamId) => tell('started', streamId),
      media: (type, timestampMs, body) => tell('media', type, timestampMs, body),
    },
  });
  session.start();
  session.receive(Buffer.from(handshake));
  return { push: (piece) => session.receive(piece) };
}

const answers = Buffer.concat([
  command('_result', 1, {}, { level: 'status', code: 'NetConnection.Connect.Success' }),
  command('_result', 4, null, 1),
  command('onStatus', 0, null, { level: 'status', code: 'NetStream.Play.Start' }),
  video(300),
]);

export const rtmpTargets: readonly Target[] = [
  { name: 'rtmp-chunks', seeds: { kinds: chunkKinds, made: [conversation, play] }, cuts: 'nothing', copies: true, start: chunks },
  { name: 'rtmp-server', seeds: { kinds: chunkKinds, made: [conversation, play] }, words, cuts: 'end', copies: true, start: server },
  { name: 'rtmp-client', seeds: { kinds: chunkKinds, made: [answers] }, words, cuts: 'end', copies: true, start: client },
  {
    name: 'rtmp-handshake',
    seeds: { kinds: ['rtmp-handshake'], made: [Buffer.concat([handshake, conversation])] },
    cuts: 'nothing',
    copies: true,
    start(tell) {
      let handshake: ServerHandshake | undefined = new ServerHandshake(tools, (bytes) => tell('answer', bytes));
      return {
        push(piece) {
          const rest = handshake?.receive(piece);
          if (rest === undefined) return;
          handshake = undefined;
          tell('done');
        },
      };
    },
  },
  wholeTarget(
    'rtmp-command',
    { kinds: ['amf0'], made: [serializeAmf0('connect', 1, { app: 'a' }), Buffer.concat([Buffer.of(0), serializeAmf0('a', 2, null)])] },
    (body, tell) => {
      for (const type of [RtmpType.command, RtmpType.commandAmf3])
        tell('command', parseCommand({ type, streamId: 0, timestampMs: 0, body }, defaultRtmpLimits));
    },
  ),
  textTarget('rtmp-url', { made: ['rtmp://h/live/a?token=1', 'rtmps://u:p@[::1]:1935/app?x=y/name', 'live/a?token=%41'] }, (text, tell) => {
    const [app = '', name = ''] = text.split('|');
    tell('stream', streamUrl(app, text, name));
    tell('url', parseRtmpUrl(text, { token: 'x' }));
  }),
];
