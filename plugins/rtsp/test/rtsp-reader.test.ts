import { Buffer } from 'node:buffer';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { cseqOf, type RtspMessage, serializeRtspRequest, serializeRtspResponse, sessionIdOf } from '../src/proto/rtsp-message.js';
import { defaultRtspLimits, type RtspLimits, RtspReader } from '../src/proto/rtsp-reader.js';

type Seen = RtspMessage | { readonly channel: number; readonly payload: string };

function read(chunks: readonly Buffer[], limits?: RtspLimits): { seen: Seen[]; reader: RtspReader } {
  const seen: Seen[] = [];
  const sink = {
    message: (message: RtspMessage) => seen.push(message),
    interleaved: (channel: number, payload: Buffer) => seen.push({ channel, payload: payload.toString('hex') }),
  };
  const reader = new RtspReader(sink, limits);
  for (const chunk of chunks) reader.push(chunk);
  return { seen, reader };
}

const announce = serializeRtspRequest({
  method: 'ANNOUNCE',
  uri: 'rtsp://h/live/a?x=1',
  headers: [
    ['cseq', '2'],
    ['content-type', 'application/sdp'],
  ],
  body: Buffer.from('v=0\r\ns=x\r\n'),
});
const ok = serializeRtspResponse({
  status: 200,
  headers: [
    ['cseq', '2'],
    ['session', '12ab;timeout=60'],
  ],
});
const frame = (channel: number, ...bytes: number[]) => Buffer.from([0x24, channel, 0, bytes.length, ...bytes]);
const conversation = Buffer.concat([announce, frame(0, 1, 2, 3), frame(1), Buffer.from('\r\n'), ok, frame(255, 9)]);

describe('RtspReader', () => {
  const { seen: whole } = read([conversation]);

  it('reads messages and frames', () => {
    expect(whole).toMatchObject([
      { kind: 'request', method: 'ANNOUNCE', uri: 'rtsp://h/live/a?x=1', version: 'RTSP/1.0' },
      { channel: 0, payload: '010203' },
      { channel: 1, payload: '' },
      { kind: 'response', status: 200, reason: 'OK' },
      { channel: 255, payload: '09' },
    ]);
    const [request, , , response] = whole as RtspMessage[];
    expect(request?.body.toString()).toBe('v=0\r\ns=x\r\n');
    expect(request && cseqOf(request)).toBe(2);
    expect(response && sessionIdOf(response)).toBe('12ab');
  });

  it('reads the same however it is cut', () => {
    for (let at = 1; at < conversation.length; at++) {
      expect(read([conversation.subarray(0, at), conversation.subarray(at)]).seen).toEqual(whole);
    }
    const bytes = [...conversation].map((byte) => Buffer.from([byte]));
    expect(read(bytes).seen).toEqual(whole);
  });

  it('keeps nothing of what is done', () => {
    expect(read([conversation]).reader.buffered).toBe(0);
    expect(read([conversation.subarray(0, 10)]).reader.buffered).toBe(10);
  });

  it('gives nothing out once it is stopped', () => {
    const seen: string[] = [];
    const reader: RtspReader = new RtspReader({
      message: () => {
        seen.push('message');
        reader.stop();
      },
      interleaved: () => seen.push('frame'),
    });
    reader.push(conversation);
    expect(seen).toEqual(['message']);
  });

  it.each([
    ['what is no message', Buffer.from([0x80, 0x60, 0, 1]), 'ERR_RTSP_FRAMING'],
    ['a request line without end', Buffer.alloc(5000, 0x41), 'ERR_RTSP_TOO_LARGE'],
    ['a head without end', Buffer.from(`OPTIONS * RTSP/1.0\r\n${'a: b\r\n'.repeat(12_000)}`), 'ERR_RTSP_TOO_LARGE'],
    ['too many headers', Buffer.from(`OPTIONS * RTSP/1.0\r\n${'a: b\r\n'.repeat(300)}\r\n`), 'ERR_TEXT_TOO_LARGE'],
    ['a body too large', Buffer.from('ANNOUNCE * RTSP/1.0\r\nContent-Length: 2147483647\r\n\r\n'), 'ERR_RTSP_TOO_LARGE'],
    ['a length below nought', Buffer.from('ANNOUNCE * RTSP/1.0\r\nContent-Length: -1\r\n\r\n'), 'ERR_TEXT_CONTENT_LENGTH'],
    ['a request line that is none', Buffer.from('HELLO\r\n\r\n'), 'ERR_TEXT_START_LINE'],
    ['an answer in HTTP', Buffer.from('HTTP/1.1 200 OK\r\n\r\n'), 'ERR_RTSP_MESSAGE'],
  ])('refuses %s', (_, bytes, code) => {
    expect(() => read([bytes])).toThrow(expect.objectContaining({ code }));
    const chunks = Array.from({ length: Math.ceil(bytes.length / 100) }, (_unused, i) => bytes.subarray(100 * i, 100 * i + 100));
    expect(() => read(chunks)).toThrow(expect.objectContaining({ code }));
  });

  it('holds no more than its limits', () => {
    const limits = { ...defaultRtspLimits, headBytes: 1024, headerBytes: 512, bodyBytes: 1000 };
    const reader = new RtspReader({ message: () => {}, interleaved: () => {} }, limits);
    const head = Buffer.from('ANNOUNCE * RTSP/1.0\r\nContent-Length: 1000\r\n\r\n');
    reader.push(head);
    for (let i = 0; i < 999; i++) reader.push(Buffer.from('x'));
    expect(reader.buffered).toBe(999);
    reader.push(Buffer.from('xOPTIONS * RTSP/1.0\n'));
    expect(() => {
      for (let i = 0; i < 3000; i++) reader.push(Buffer.from('a: b\n'));
    }).toThrow(expect.objectContaining({ code: 'ERR_RTSP_TOO_LARGE' }));
  });

  it('reads what was written', () => {
    const text = fc.stringMatching(/^[ -~]{0,40}$/).map((value) => value.trim());
    const name = fc.stringMatching(/^[a-z][a-z-]{0,10}$/).filter((key) => key !== 'content-length');
    const headers = fc.array(fc.tuple(name, text), { maxLength: 8 });
    const body = fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes));
    fc.assert(
      fc.property(headers, body, (list, bytes) => {
        const [request] = read([serializeRtspRequest({ method: 'SET_PARAMETER', uri: '*', headers: list, body: bytes })]).seen as RtspMessage[];
        expect(request?.body.equals(bytes)).toBe(true);
        expect(request?.headers.filter(([key]) => key !== 'content-length')).toEqual(list);
      }),
      { seed: 13, numRuns: 200 },
    );
  });

  it('ends mutated conversations with a code, never otherwise', () => {
    const edits = fc.array(fc.tuple(fc.nat(conversation.length - 1), fc.nat(255)), { minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(edits, fc.integer({ min: 1, max: 64 }), (list, size) => {
        const mutated = Buffer.from(conversation);
        for (const [at, byte] of list) mutated[at] = byte;
        const chunks = Array.from({ length: Math.ceil(mutated.length / size) }, (_unused, i) => mutated.subarray(size * i, size * i + size));
        try {
          read(chunks);
        } catch (error) {
          expect(error).toMatchObject({ code: expect.stringMatching(/^ERR_(RTSP|TEXT)_/) });
        }
      }),
      { seed: 7, numRuns: 500 },
    );
  });
});

const corpus = join(process.cwd(), '../shared/cases/corpus/rtsp');
const files = existsSync(corpus) ? readdirSync(corpus, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()) : [];

(files.length === 0 ? describe.skip : describe)('the corpus', () => {
  it.each(files.map(({ parentPath, name }) => join(parentPath, name)))('survives %s', (path) => {
    try {
      read([readFileSync(path)]);
    } catch (error) {
      expect(error).toMatchObject({ code: expect.stringMatching(/^ERR_(RTSP|TEXT)_/) });
    }
  });

  it.each([
    ['request/get_parameter.txt', { kind: 'request', method: 'GET_PARAMETER' }],
    ['response/ok.txt', { kind: 'response', status: 200 }],
    ['response/empty_status_message.txt', { kind: 'response' }],
  ])('reads %s', (name, expected) => {
    expect(read([readFileSync(join(corpus, name))]).seen).toMatchObject([expected]);
  });
});
