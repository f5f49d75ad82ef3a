import { SluiceError } from '@sluice/core';
import { type Amf0Value, parseAmf0, serializeAmf0 } from '@sluice/plugin-format-flv';
import { RtmpType, serializeMessage } from '../src/index.js';
import { command, Recorder, simpleHandshake } from './support.js';

const connect = command('connect', 1, { app: 'live?a=1', tcUrl: 'rtmp://host/live?a=1', flashVer: 'test 1', fourCcList: ['hvc1'] });
const publish = command('publish', 5, null, 'cam?token=x%20y', 'live');
const play = command('play', 4, null, 'cam', -2000);
const media = (timestampMs: number) => serializeMessage(6, RtmpType.video, 1, timestampMs, Buffer.from('17010000', 'hex'), 128);

const commands = (recorder: Recorder): Amf0Value[][] =>
  recorder
    .replies()
    .filter(({ type }) => type === RtmpType.command)
    .map(({ body }) => parseAmf0(body));

const codes = (recorder: Recorder) => commands(recorder).flatMap((values) => values.map((value) => (value as { code?: string } | null)?.code).filter(Boolean));

describe('server session', () => {
  const transcript = Buffer.concat([
    simpleHandshake,
    connect,
    command('releaseStream', 2, null, 'cam'),
    command('FCPublish', 3, null, 'cam'),
    command('createStream', 4, null),
    publish,
    media(40),
    media(80),
    command('FCUnpublish', 6, null, 'cam'),
    command('deleteStream', 7, null, 1),
  ]);
  const request = { path: 'live/cam', query: { a: '1', token: 'x y' }, userAgent: 'test 1' };
  const expected = ['handshaken', ['publish', request], ['media', 9, 40, '17010000'], ['media', 9, 80, '17010000'], 'stopped'];

  it('lets a publisher publish, cut anywhere', () => {
    for (const step of [1, 2, 3, 5, 17, 128, 1000, transcript.length]) {
      const recorder = new Recorder().feed(transcript, step);
      expect(recorder.events).toEqual(expected);
      expect(codes(recorder)).toEqual(['NetConnection.Connect.Success', 'NetStream.Publish.Start', 'NetStream.Unpublish.Success']);
      expect(
        commands(recorder)
          .slice(0, 4)
          .map(([name, id]) => [name, id]),
      ).toEqual([
        ['_result', 1],
        ['_result', 2],
        ['_result', 3],
        ['_result', 4],
      ]);
    }
  });

  it('is silent about media until the publisher is let in, and then gives it all', () => {
    const recorder = new Recorder();
    recorder.session.receive(Buffer.concat([simpleHandshake, connect, publish, media(1)]));
    expect(recorder.events).toEqual(['handshaken', ['publish', request]]);
    recorder.session.acceptPublish();
    expect(recorder.events[2]).toEqual(['media', 9, 1, '17010000']);
  });

  it('answers connect in one write', () => {
    const recorder = new Recorder().feed(simpleHandshake);
    const before = recorder.out.length;
    recorder.feed(connect);
    expect(recorder.out.length).toBe(before + 1);
    expect(recorder.replies().map(({ type }) => type)).toEqual([5, 6, 1, 20]);
    expect(commands(recorder)[0]?.[2]).toMatchObject({ fourCcList: ['hvc1'] });
  });

  it('lets a player play, pause and stop', () => {
    const recorder = new Recorder().feed(
      Buffer.concat([simpleHandshake, connect, command('createStream', 2, null), command('getStreamLength', 3, null, 'cam'), play]),
    );
    expect(recorder.events[1]).toEqual(['play', { path: 'live/cam', query: { a: '1' }, userAgent: 'test 1' }]);
    recorder.feed(Buffer.concat([command('pause', 5, null, true, 0), command('pause', 6, null, false, 0), command('receiveAudio', 0, null, true)]));
    expect(codes(recorder).slice(1)).toEqual(['NetStream.Pause.Notify', 'NetStream.Unpause.Notify']);
    recorder.session.finish();
    expect(codes(recorder).slice(3)).toEqual(['NetStream.Play.UnpublishNotify', 'NetStream.Play.Stop']);
  });

  it('answers pings, acknowledges, takes AMF3 wrappings and aggregates', () => {
    const ping = serializeMessage(2, RtmpType.userControl, 0, 0, Buffer.from('000600000007', 'hex'), 128);
    const window = serializeMessage(2, RtmpType.windowAckSize, 0, 0, Buffer.from('00000064', 'hex'), 128);
    const recorder = new Recorder().feed(Buffer.concat([simpleHandshake, connect, window, ping]));
    const sent = recorder.replies();
    expect(sent.find(({ type }) => type === RtmpType.userControl)?.body.toString('hex')).toBe('000700000007');
    const received = simpleHandshake.length + connect.length + window.length + ping.length;
    expect(sent.find(({ type }) => type === RtmpType.acknowledgement)?.body.readUInt32BE()).toBe(received);
    const publish3 = serializeMessage(3, RtmpType.commandAmf3, 1, 0, Buffer.concat([Buffer.of(0), serializeAmf0('publish', 2, null, 'cam')]), 128);
    const inner = Buffer.from('09 000002 000064 00 000000 1701 0000000d 08 000001 00006e 00 000000 af 0000000c'.replaceAll(' ', ''), 'hex');
    recorder.feed(Buffer.concat([publish3, serializeMessage(6, RtmpType.aggregate, 1, 500, inner, 128)]));
    expect(recorder.events.slice(2)).toEqual([
      ['media', 9, 500, '1701'],
      ['media', 8, 510, 'af'],
    ]);
  });

  it.each<[string, Buffer, string]>([
    ['publish before connect', publish, 'ERR_RTMP_COMMAND'],
    ['connect twice', Buffer.concat([connect, connect]), 'ERR_RTMP_COMMAND'],
    ['play while playing', Buffer.concat([connect, play, play]), 'ERR_RTMP_COMMAND'],
    ['a chunk size of nought', serializeMessage(2, RtmpType.setChunkSize, 0, 0, Buffer.alloc(4), 128), 'ERR_RTMP_CHUNK_SIZE'],
    ['a command that is no AMF0', serializeMessage(3, RtmpType.command, 0, 0, Buffer.from('ffff', 'hex'), 128), 'ERR_AMF0_MARKER'],
    ['a command without a name', serializeMessage(3, RtmpType.command, 0, 0, Buffer.of(5), 128), 'ERR_RTMP_MESSAGE'],
    ['a cut aggregate', serializeMessage(3, RtmpType.aggregate, 0, 0, Buffer.of(9, 0, 1), 128), 'ERR_RTMP_MESSAGE'],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n'), 'ERR_RTMP_VERSION'],
  ])('ends at %s', (name, bytes, code) => {
    const recorder = new Recorder();
    let caught: unknown;
    try {
      recorder.feed(name === 'HTTP' ? bytes : Buffer.concat([simpleHandshake, bytes]));
    } catch (error) {
      caught = error;
    }
    expect(caught).toBeInstanceOf(SluiceError);
    expect((caught as SluiceError).code).toBe(code);
    expect((caught as SluiceError).fatal).toBe(true);
  });
});
