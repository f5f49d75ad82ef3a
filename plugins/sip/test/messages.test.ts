import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { SluiceError } from '@sluice/core';
import fc from 'fast-check';
import { checkRequest, checkResponse, header, headers, parseDatagram, type SipMessage, serializeMessage, tagOf, topVia, uriUser } from '../src/index.js';
import { stampVia } from '../src/proto/via.js';
import { request } from './support.js';

const fixtures = join(import.meta.dirname, 'fixtures');
const packets = (name: string) =>
  (JSON.parse(readFileSync(join(fixtures, `${name}.json`), 'utf8')) as { from: string; bytes: string }[]).map(({ bytes }) => Buffer.from(bytes, 'hex'));
const captured = [...packets('reg-auth'), ...packets('invite-live-catalog')];

function parsed(bytes: Buffer): SipMessage {
  const message = parseDatagram(bytes);
  if (message === undefined) throw new Error('a keepalive');
  return message;
}

/** Neither refused while parsing nor after. */
function isTaken(bytes: Buffer): boolean {
  try {
    const message = parseDatagram(bytes);
    if (message === undefined) return false;
    return message.kind === 'request' ? checkRequest(message) === undefined : checkResponse(message);
  } catch (error) {
    expect(error).toBeInstanceOf(SluiceError);
    return false;
  }
}

describe('captured messages', () => {
  it('are all taken', () => {
    expect(captured).toHaveLength(20);
    for (const bytes of captured) expect([isTaken(bytes), bytes.toString('latin1')]).toEqual([true, bytes.toString('latin1')]);
  });

  it('come out the same after serialise and parse', () => {
    for (const bytes of captured) {
      const message = parsed(bytes);
      const again = parsed(serializeMessage(message));
      const withoutLength = (list: SipMessage['headers']) => list.filter(([name]) => name !== 'content-length');
      expect({ ...again, headers: withoutLength(again.headers) }).toEqual({ ...message, headers: withoutLength(message.headers) });
      expect(header(again, 'Content-Length')).toBe(String(message.body.length));
      expect(parsed(serializeMessage(again))).toEqual(again);
    }
  });

  it('throw nothing but SluiceError when cut anywhere', () => {
    for (const bytes of captured) for (let end = 0; end <= bytes.length; end++) isTaken(bytes.subarray(0, end));
  });

  it('throw nothing but SluiceError when changed anywhere, and what is read can be written', () => {
    const change = fc.tuple(fc.nat(), fc.nat(255));
    fc.assert(
      fc.property(fc.nat(captured.length - 1), fc.array(change, { minLength: 1, maxLength: 10 }), (index, changes) => {
        const bytes = Buffer.from(captured[index] ?? '');
        for (const [at, value] of changes) bytes[at % bytes.length] = value;
        if (!isTaken(bytes)) return;
        const message = parsed(bytes);
        expect(parsed(serializeMessage(message)).body.equals(message.body)).toBe(true);
      }),
      { seed: 5, numRuns: 3000 },
    );
  });
});

describe('what cameras do', () => {
  const body = '<?xml version="1.0"?><Notify/>';
  const message = (change: (text: string) => string) => parseDatagram(Buffer.from(change(request('MESSAGE', { body }))));

  it.each([
    [
      'compact forms',
      (text: string) => text.replace('Via', 'v').replace('From', 'f').replace('To', 't').replace('Call-ID', 'i').replace('Content-Length', 'l'),
    ],
    ['no space after the colon', (text: string) => text.replaceAll(': ', ':')],
    ['bare line feeds', (text: string) => text.replaceAll('\r\n', '\n')],
    ['no angle brackets', (text: string) => text.replace('<sip:34020000002000000001@3402000000>', 'sip:34020000002000000001@3402000000')],
    ['a Content-Length of 0 before a body', (text: string) => text.replace(/Length: +\d+/, 'Length: 0')],
    ['a Content-Length that counts too few', (text: string) => text.replace(/Length: +\d+/, 'Length: 7')],
    ['a Content-Length that counts too many', (text: string) => text.replace(/Length: +\d+/, 'Length: 999')],
    ['no Content-Length', (text: string) => text.replace(/Content-Length.*\r\n/, '')],
    ['a keepalive before it', (text: string) => `\r\n\r\njaK\0${text}`],
    ['a branch without the cookie', (text: string) => text.replace('branch=z9hG4bK1', 'branch=12345')],
  ])('is forgiven: %s', (_, change) => {
    const taken = message(change);
    expect(taken).toMatchObject({ kind: 'request', method: 'MESSAGE' });
    if (taken?.kind !== 'request') throw new Error('not a request');
    expect(checkRequest(taken)).toBeUndefined();
    expect(taken.body.toString()).toBe(body);
    expect(uriUser(header(taken, 'to') ?? '')).toBe('34020000002000000001');
    expect(header(taken, 'call-id')).toBe('1217812750');
  });

  it.each(['', '\r\n', '\r\n\r\n', '\0', 'jaK\0', 'jaK\0\r\n'])('takes %j for a keepalive', (text) => {
    expect(parseDatagram(Buffer.from(text))).toBeUndefined();
  });

  it('keeps the bytes of a GBK body', () => {
    const gbk = Buffer.from([0x3c, 0xd5, 0xe3, 0xbd, 0xad, 0xca, 0xa1]);
    const bytes = Buffer.concat([Buffer.from(request('MESSAGE').replace(/Length: +\d+/, 'Length: 7')), gbk]);
    expect(parsed(bytes).body.equals(gbk)).toBe(true);
    expect(parsed(serializeMessage(parsed(bytes))).body.equals(gbk)).toBe(true);
  });

  it('ends a message of too many bytes', () => {
    expect(() => parseDatagram(Buffer.alloc(65_537, 0x61))).toThrow(expect.objectContaining({ code: 'ERR_SIP_TOO_LARGE' }));
  });
});

describe('addresses', () => {
  it('have a user and a tag', () => {
    expect(uriUser('"Cam; <x>" <sip:34@1.2.3.4:5060;a=b>;tag=7')).toBe('34');
    expect(uriUser('sip:34:secret@host;tag=1')).toBe('34');
    expect(uriUser('<sip:10.77.37.137:5060>')).toBe('');
    expect(tagOf('<sip:a@b;tag=no>;x;Tag = 9')).toBe('9');
    expect(tagOf('sip:a@b;tag=3')).toBe('3');
    expect(tagOf('<sip:a@b>')).toBeUndefined();
  });

  it('are stamped into Via where the host lies or rport is asked for', () => {
    expect(stampVia('SIP/2.0/UDP 10.0.0.9:5060;rport;branch=z9hG4bK1', '1.2.3.4', 7000)).toBe(
      'SIP/2.0/UDP 10.0.0.9:5060;rport=7000;branch=z9hG4bK1;received=1.2.3.4',
    );
    expect(stampVia('SIP/2.0/UDP 10.0.0.9;branch=z9hG4bK1, SIP/2.0/TCP a', '1.2.3.4', 7)).toBe(
      'SIP/2.0/UDP 10.0.0.9;branch=z9hG4bK1;received=1.2.3.4, SIP/2.0/TCP a',
    );
    expect(stampVia('SIP/2.0/UDP 1.2.3.4;branch=z9hG4bK1', '1.2.3.4', 7)).toBe('SIP/2.0/UDP 1.2.3.4;branch=z9hG4bK1');
  });

  // RFC 4475 3.1.1.1
  it('are found behind the odd spaces of a torture message', () => {
    const text =
      'INVITE sip:v@c.example.com;x SIP/2.0\r\nTO :\r\n sip:v@c.example.com ;   tag    = 19\r\nfrom   : "J Rosenberg \\\\\\""       <sip:j@example.com>\r\n  ;\r\n  tag = 98asjd8\r\n' +
      'MaX-fOrWaRdS: 0068\r\nCall-ID: wsinv.ndaksdj@192.0.2.1\r\ncseq: 0009\r\n  INVITE\r\nVia  : SIP  /   2.0\r\n /UDP\r\n    192.0.2.2;branch=390skdjuw\r\ns :\r\n' +
      'v:  SIP  / 2.0  / TCP     s.example.com   ;\r\n  branch  =   z9hG4bK9ikj8  ,\r\n SIP  /    2.0   / UDP  192.168.255.111   ; branch=\r\n z9hG4bK30239\r\n' +
      'm:"Quoted string \\"\\"" <sip:j@example.com> ; newparam =\r\n      newvalue ;\r\n  secondparam ; q = 0.33\r\nl: 0\r\n\r\n';
    const message = parsed(Buffer.from(text));
    expect(isTaken(Buffer.from(text))).toBe(true);
    expect(tagOf(header(message, 'from') ?? '')).toBe('98asjd8');
    expect(tagOf(header(message, 'to') ?? '')).toBe('19');
    expect(topVia(message)).toMatchObject({ transport: 'UDP', host: '192.0.2.2' });
    expect(headers(message, 'via')).toHaveLength(2);
  });
});

describe('refused', () => {
  const invite = request('INVITE');
  it.each([
    ['several Content-Length', invite.replace('Content-Length:   0', 'Content-Length: 0\r\nContent-Length: 5')],
    ['several CSeq', invite.replace('CSeq: 20 INVITE', 'CSeq: 20 INVITE\r\nCSeq: 21 INVITE')],
    ['a huge CSeq', invite.replace('CSeq: 20', 'CSeq: 36893488147419103232')],
    ['a Request-URI in brackets', invite.replace('INVITE sip:34020000002000000001@3402000000', 'INVITE <sip:34020000002000000001@3402000000>')],
    ['spaces in the request line', invite.replace(' SIP/2.0\r\n', '  SIP/2.0\r\n')],
    ['spaces after the request line', invite.replace(' SIP/2.0\r\n', ' SIP/2.0  \r\n')],
    ['an open quote', invite.replace('To: <', 'To: "x <')],
    ['an unknown extension', invite.replace('Max', 'Require: nothing\r\nMax')],
    ['Max-Forwards 300', invite.replace('Max-Forwards: 70', 'Max-Forwards: 300')],
    ['a cut INVITE', request('INVITE', { body: 'v=0\r\n' }).slice(0, -3)],
  ])('%s', (_, text) => {
    expect(isTaken(Buffer.from(invite))).toBe(true);
    expect(isTaken(Buffer.from(text))).toBe(false);
  });
});

const corpus = join(import.meta.dirname, '../../../../shared/cases/corpus');
const cases = existsSync(corpus)
  ? (JSON.parse(readFileSync(join(corpus, 'cases.json'), 'utf8')) as { id: string; kind: string; expect: string }[]).filter(({ kind }) => kind === 'sip')
  : [];

(cases.length > 0 ? describe : describe.skip)('the corpus', () => {
  it.each(cases.map(({ id, expect: wanted }) => [wanted, id]))('%s %s', (wanted, id) => {
    const taken = isTaken(readFileSync(join(corpus, id)));
    if (wanted !== 'survive') expect(taken).toBe(wanted === 'accept');
  });
});
