import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { gb28181Config } from '../src/config.js';
import { decodeGb, encodeText } from '../src/net/gb-text.js';
import { CatalogCollector, readCatalogPage } from '../src/proto/catalog.js';
import { askedExpiry } from '../src/proto/contact.js';
import { isGbId, nodeKind } from '../src/proto/ids.js';
import { buildManscdp, parseManscdp } from '../src/proto/manscdp.js';
import { profileFor } from '../src/proto/profile.js';
import { parseSdpAnswer } from '../src/proto/sdp-answer.js';
import { buildSdpOffer } from '../src/proto/sdp-offer.js';
import { unusualNames } from '../src/proto/unusual-names.js';

const fixture = (name: string) => readFileSync(join(import.meta.dirname, 'fixtures', name));
const bodyOf = (message: Buffer) => message.subarray(message.indexOf('\r\n\r\n') + 4);

describe('ids', () => {
  it.each([
    ['34020000001320000001', 'camera'],
    ['34020000001310000001', 'camera'],
    ['34020000001180000001', 'device'],
    ['34020000001340000001', 'alarm'],
    ['34020000001370000001', 'audio'],
    ['34020000002000000001', 'system'],
    ['34020000002150000001', 'group'],
    ['34020000002160000001', 'organisation'],
    ['340200', 'region'],
    ['130909113319427420', 'camera'],
    ['cam_front-1', 'camera'],
  ])('%s is %s', (id, kind) => {
    expect(isGbId(id)).toBe(true);
    expect(nodeKind(id)).toBe(kind);
  });

  it.each(['', '../etc', 'a b', 'x'.repeat(33), 'a/b', '浙'])('refuses %j', (id) => {
    expect(isGbId(id)).toBe(false);
  });
});

describe('catalog', () => {
  it('reads the answer of a real IPC whose channel is itself', () => {
    const message = parseManscdp(bodyOf(fixture('catalog-response.sip')), decodeGb);
    expect(message).toMatchObject({ root: 'response', cmdType: 'Catalog', sn: 248, deviceId: '34010000001310000001' });
    const page = readCatalogPage(message.element);
    expect(page.sumNum).toBe(1);
    expect(page.items).toEqual([expect.objectContaining({ id: '34010000001310000001', name: 'Camera01', manufacturer: '', online: true })]);
  });

  const item = (id: string) => ({
    id,
    name: '',
    manufacturer: '',
    model: '',
    civilCode: '',
    address: '',
    parentId: '',
    online: true,
    ptzType: undefined,
    longitude: undefined,
    latitude: undefined,
  });

  it('collects pages by unique id, in any order, with repeats', () => {
    const collector = new CatalogCollector(100);
    expect(collector.complete).toBe(false);
    expect(collector.add({ sumNum: 3, items: [item('b')] })).toBe(false);
    expect(collector.add({ sumNum: 3, items: [item('b'), item('a')] })).toBe(false);
    expect(collector.add({ sumNum: 3, items: [item('c')] })).toBe(true);
    expect(collector.items.map(({ id }) => id)).toEqual(['b', 'a', 'c']);
  });

  it('takes an empty answer, one that says too little, and follows a changed total', () => {
    expect(new CatalogCollector(100).add({ sumNum: 0, items: [] })).toBe(true);
    const more = new CatalogCollector(100);
    expect(more.add({ sumNum: 1, items: [item('a'), item('b')] })).toBe(true);
    expect(more.items).toHaveLength(2);
    const changed = new CatalogCollector(100);
    expect(changed.add({ sumNum: 3, items: [item('a')] })).toBe(false);
    expect(changed.add({ sumNum: 2, items: [item('b')] })).toBe(true);
  });

  it('keeps no more than its limit', () => {
    const collector = new CatalogCollector(2);
    expect(collector.add({ sumNum: 1e9, items: [item('a'), item('b'), item('c')] })).toBe(true);
    expect(collector.items).toHaveLength(2);
  });
});

describe('manscdp', () => {
  it('writes what it reads, in the charset and spelling of the peer', () => {
    const text = fc.string({ unit: fc.constantFrom('浙', '江', 'a', '<', '&', '>', '0') });
    fc.assert(
      fc.property(text, fc.constantFrom('1.0', '2.0', '3.0', undefined), (name, version) => {
        const profile = profileFor(version);
        const body = encodeText(
          buildManscdp({ root: 'Query', cmdType: 'Catalog', sn: 9, deviceId: '3402', fields: [['Name', name]] }, profile),
          profile.charset,
        );
        const read = parseManscdp(body, (bytes) => decodeGb(bytes));
        expect(read).toMatchObject({ root: 'query', cmdType: 'Catalog', sn: 9, deviceId: '3402' });
        expect(read.element.children.at(-1)?.text).toBe(name);
      }),
      { seed: 28181 },
    );
  });

  it('picks the prolog by the edition', () => {
    const write = (version: string | undefined) => buildManscdp({ root: 'Query', cmdType: 'Catalog', sn: 1, deviceId: '1' }, profileFor(version));
    expect(write(undefined)).toMatch(/^<\?xml version="1.0" encoding="GB2312"\?>\r\n<Query>\r\n<CmdType>Catalog<\/CmdType>\r\n<SN>1<\/SN>\r\n<DeviceID>1</);
    expect(write('3.0')).toContain('encoding="GB18030"');
    expect(write('9.9')).toContain('encoding="GB2312"');
  });
});

describe('SDP', () => {
  const offer = { channelId: '34020000001320000001', host: '192.0.2.1', port: 10_000, ssrc: '0200000001', payloads: profileFor(undefined).payloads };

  it('offers in the order devices insist on', () => {
    expect(buildSdpOffer({ ...offer, transport: 'udp' }).split('\r\n')).toEqual([
      'v=0',
      'o=34020000001320000001 0 0 IN IP4 192.0.2.1',
      's=Play',
      'c=IN IP4 192.0.2.1',
      't=0 0',
      'm=video 10000 RTP/AVP 96',
      'a=recvonly',
      'a=rtpmap:96 PS/90000',
      'y=0200000001',
      'f=',
      '',
    ]);
  });

  it('offers TCP from its own view', () => {
    expect(buildSdpOffer({ ...offer, host: '2001:db8::1', transport: 'tcp-passive' })).toContain(
      'c=IN IP6 2001:db8::1\r\nt=0 0\r\nm=video 10000 TCP/RTP/AVP 96\r\na=recvonly\r\na=setup:passive\r\na=connection:new\r\n',
    );
    expect(buildSdpOffer({ ...offer, transport: 'tcp-active' })).toContain('a=setup:active\r\n');
  });

  it('reads the answer of a real IPC, without its password', () => {
    const answer = parseSdpAnswer(bodyOf(fixture('invite-answer.sip')).toString());
    expect(answer).toEqual({ host: '192.168.230.100', port: 56_147, tcp: false, payloadTypes: [96], rtpmap: new Map([[96, 'PS/90000']]) });
    expect(JSON.stringify(answer)).not.toContain('12345678');
  });

  it.each([
    [
      'odd line ends',
      'v=0\r\r\nm=video 6000 TCP/RTP/AVP 96 97\r\r\na=setup:active\r\r\ny=0060205514\r\r\n',
      { port: 6000, tcp: true, setup: 'active', ssrc: '0060205514' },
    ],
    ['short y', 'm=video 1 RTP/AVP 96\ny=60205514\n', { ssrc: '0060205514' }],
    ['y before m', 'y=0703001718\nm=video 0 RTP/AVP 96\na=filesize:-1\nno equals\n', { ssrc: '0703001718', port: 0 }],
    ['no address', 'c=IN IP4 0.0.0.0\nm=audio 9 RTP/AVP 8\nm=audio 10 RTP/AVP 8\nm=video 7000 RTP/AVP 96\n', { port: 7000 }],
  ])('forgives: %s', (_name, text, expected) => {
    const answer = parseSdpAnswer(text);
    expect(answer).toMatchObject(expected);
    if (text.includes('0.0.0.0')) expect(answer.host).toBeUndefined();
  });

  it.each(['', 'y=0000000000', 'y=abc', 'y=99999999999', 'y=9999999999', '\0\0\0', '<html>'])('makes no SSRC of %j', (text) => {
    expect(parseSdpAnswer(text).ssrc).toBeUndefined();
  });

  const corpus = join(import.meta.dirname, '../../../../shared/cases/corpus');
  (existsSync(corpus) ? it : it.skip)('survives every SDP and SIP case of the corpus', () => {
    let seen = 0;
    for (const kind of ['sdp', 'sip'])
      for (const entry of readdirSync(join(corpus, kind), { recursive: true, withFileTypes: true })) {
        if (!entry.isFile()) continue;
        parseSdpAnswer(readFileSync(join(entry.parentPath, entry.name)).toString('latin1'));
        seen++;
      }
    expect(seen).toBeGreaterThan(200);
  });

  it('reads its own offers, and survives mutations of them', () => {
    const text = buildSdpOffer({ ...offer, transport: 'tcp-passive' });
    expect(parseSdpAnswer(text)).toMatchObject({ host: '192.0.2.1', port: 10_000, tcp: true, setup: 'passive', ssrc: '0200000001' });
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.string({ unit: 'binary', maxLength: 4 }), (at, change) => {
        parseSdpAnswer(text.slice(0, at) + change + text.slice(at + 1));
      }),
      { seed: 28181, numRuns: 2000 },
    );
  });
});

describe('small things', () => {
  it.each([
    ['<sip:a@b>', '3600', 3600],
    ['<sip:a@b>;expires=0', '3600', 0],
    ['<sip:a@b>;expires="60"', undefined, 60],
    ['*', '0', 0],
    ['*', undefined, 0],
    [undefined, undefined, 7],
    ['<sip:a@b>', 'soon', 7],
    ['<sip:a@b>', '-1', 7],
  ])('Contact %j, Expires %j: %d s', (contact, expires, seconds) => {
    expect(askedExpiry(contact, expires, 7)).toBe(seconds);
  });
});

describe('names of the platform', () => {
  it.each([
    ['34020000002000000001', '3402000000', 0],
    ['34020000002000000001', '3402000000.spvmn.cn', 0],
    ['34020000002000000001', '34020000002000000001', 0],
    ['130909113319427420', '1309091133', 1],
    ['34020000002000000001', 'hik', 1],
    ['abcdefgh', 'abc', 2],
  ])('%s, %s: %d warnings', (id, domain, count) => expect(unusualNames({ id, domain })).toHaveLength(count));
  it('refuses an id that is none', () => {
    expect(gb28181Config.safeParse({ sip: { id: '5' } }).error?.issues).toMatchObject([{ path: ['sip', 'id'] }]);
  });
});
