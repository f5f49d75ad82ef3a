import { SluiceError } from '@sluice/core';
import fc from 'fast-check';
import {
  contentLengthOf,
  findHeader,
  findHeaders,
  type HeaderList,
  MessageReader,
  parseHead,
  parseParameters,
  parseStartLine,
  serializeHeaders,
} from '../src/index.js';

const first = 'MESSAGE sip:a@b SIP/2.0\r\nl:   5\r\nSubject: one\r\n two\r\n\tthree\r\n\r\nhello';
const second = 'SIP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n';
const junk = Buffer.from('jaK\0');
const options = { compactForms: { l: 'content-length' }, keepalives: [junk] };
const stream = Buffer.concat([Buffer.from('\r\n\r\n'), junk, Buffer.from(first), Buffer.from('\0\r\n'), Buffer.from(second), junk]);

function summary(chunks: readonly Buffer[]) {
  const reader = new MessageReader(options);
  const messages = chunks.flatMap((chunk) => reader.push(chunk));
  return { messages: messages.map(({ head, body }) => [head.startLine, head.headers, body.toString()]), left: reader.buffered };
}

describe('MessageReader', () => {
  const whole = summary([stream]);
  it('reads messages between keepalives', () => {
    expect(whole).toEqual({
      messages: [
        [
          'MESSAGE sip:a@b SIP/2.0',
          [
            ['content-length', '5'],
            ['subject', 'one two three'],
          ],
          'hello',
        ],
        ['SIP/2.0 200 OK', [['content-length', '0']], ''],
      ],
      left: 0,
    });
  });

  it('reads the same, cut at every byte and byte by byte', () => {
    for (let at = 0; at <= stream.length; at++) expect(summary([stream.subarray(0, at), stream.subarray(at)])).toEqual(whole);
    expect(summary([...stream].map((byte) => Buffer.of(byte)))).toEqual(whole);
  });

  it('takes bare line feeds', () => {
    expect(summary([Buffer.from(first.replaceAll('\r', '') + second.replaceAll('\r\n', '\r\r\n'))]).messages).toEqual(whole.messages);
  });

  it('takes any number of returns before a line feed, and keeps those within a line', () => {
    const head = parseHead(Buffer.from(`A b C/1.0${'\r'.repeat(5000)}\nX: y\rz\r\r\n\r\n`));
    expect(head).toMatchObject({ startLine: 'A b C/1.0', headers: [['x', expect.stringMatching(/^y.?z$/s)]] });
  });

  const limited = (limits: object) => new MessageReader({ ...options, limits });
  it.each([
    ['a long header', {}, `A b C/1.0\r\nX: ${'x'.repeat(9000)}\r\n\r\n`],
    ['many headers', {}, `A b C/1.0\r\n${'X: y\r\n'.repeat(101)}\r\n`],
    ['a long folded header', {}, `A b C/1.0\r\nX: y\r\n${` ${'z'.repeat(1000)}\r\n`.repeat(9)}\r\n`],
    ['an endless head', { maxMessageBytes: 2000 }, 'x'.repeat(2001)],
    ['a long body, by its announcement', { maxMessageBytes: 2000 }, 'A b C/1.0\r\nContent-Length: 2000\r\n\r\n'],
  ])('refuses %s', (_, limits, text) => {
    expect(() => limited(limits).push(Buffer.from(text))).toThrow(expect.objectContaining({ code: 'ERR_TEXT_TOO_LARGE', fatal: true }));
  });

  it.each(['-1', 'x', '1 2', '99999999999'])('refuses Content-Length %p', (length) => {
    expect(() => new MessageReader().push(Buffer.from(`A b C/1.0\r\nContent-Length: ${length}\r\n\r\n`))).toThrow(
      expect.objectContaining({ code: 'ERR_TEXT_CONTENT_LENGTH' }),
    );
  });

  it('refuses two lengths that differ', () => {
    expect(() => contentLengthOf(parseHead(Buffer.from('A b C/1.0\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n')))).toThrow(/Content-Length/);
  });

  it('throws nothing but SluiceError on mutated streams and keeps no more than came', () => {
    const mutations = fc.array(fc.tuple(fc.nat(stream.length - 1), fc.nat(255)), { minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(mutations, fc.nat(stream.length), (changes, cut) => {
        const bytes = Buffer.from(stream);
        for (const [at, value] of changes) bytes[at] = value;
        const reader = new MessageReader(options);
        try {
          reader.push(bytes.subarray(0, cut));
          reader.push(bytes.subarray(cut));
        } catch (error) {
          expect(error).toBeInstanceOf(SluiceError);
        }
        expect(reader.buffered).toBeLessThanOrEqual(bytes.length);
      }),
      { seed: 3, numRuns: 1000 },
    );
  });
});

describe('headers', () => {
  it('are found in any case, and cannot be smuggled in by a value', () => {
    const list: HeaderList = [
      ['via', 'a\r\nEvil: yes'],
      ['via', 'b'],
      ['call-id', 'c'],
    ];
    const text = serializeHeaders(list);
    expect(text).toBe('Via: a Evil: yes\r\nVia: b\r\nCall-ID: c\r\n');
    const { headers } = parseHead(Buffer.from(`A b C/1.0\r\n${text}\r\n`));
    expect(findHeaders(headers, 'VIA')).toEqual(['a Evil: yes', 'b']);
    expect(findHeader(headers, 'Evil')).toBeUndefined();
  });

  it('read back as written', () => {
    const name = fc.stringMatching(/^[a-z][a-z0-9-]{0,10}$/);
    const value = fc.string({ unit: 'grapheme', maxLength: 30 }).map((text) => text.replace(/[\r\n\0]/g, '').trim());
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value), { maxLength: 20 }), (list) => {
        expect(parseHead(Buffer.from(`A b C/1.0\r\n${serializeHeaders(list)}\r\n`)).headers).toEqual(list);
      }),
      { seed: 4 },
    );
  });

  it.each([' x: y', 'no colon', 'a b: c', ': d'])('refuse the line %p', (line) => {
    expect(() => parseHead(Buffer.from(`A b C/1.0\r\n${line}\r\n\r\n`))).toThrow(expect.objectContaining({ code: 'ERR_TEXT_HEADER' }));
  });
});

describe('start line', () => {
  it('is a request or a status', () => {
    expect(parseStartLine('INVITE sip:a@b SIP/2.0')).toEqual({ kind: 'request', method: 'INVITE', uri: 'sip:a@b', protocol: 'SIP', version: '2.0' });
    expect(parseStartLine('SIP/2.0 100 ')).toEqual({ kind: 'response', status: 100, reason: '', protocol: 'SIP', version: '2.0' });
    expect(parseStartLine('RTSP/1.0 454 Session Not Found')).toMatchObject({ status: 454, reason: 'Session Not Found' });
  });
  it.each(['INVITE sip:a@b', 'SIP/2.0 4294967301 x', 'x', '', ' ', 'A  B'])('refuses %p', (line) => {
    expect(() => parseStartLine(line)).toThrow(expect.objectContaining({ code: 'ERR_TEXT_START_LINE' }));
  });
});

describe('parameters', () => {
  it('mind quotes and angle brackets', () => {
    expect([...parseParameters('a=1;b="x;\\"y";C;d=<u;v>;a=2')]).toEqual([
      ['a', '1'],
      ['b', 'x;"y'],
      ['c', ''],
      ['d', '<u;v>'],
    ]);
    expect([...parseParameters('realm="a, b", nonce=c', ',')]).toEqual([
      ['realm', 'a, b'],
      ['nonce', 'c'],
    ]);
  });
});
