import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findHeadEnd, findHeader, parseDigestChallenge, parseDigestCredentials, parseHead, verifyDigest } from '@sluice/plugin-wire-text';
import { makeBench, settle } from './bench.js';
import { authorize, DEVICE, keepalive, register } from './device-messages.js';
import { HOME } from './fake-sip.js';

const hash = (name: string, text: string) => createHash(name).update(text).digest('hex');

describe('digests of real devices', () => {
  it.each(['reg-auth-1.sip', 'reg-auth-3.sip'])('%s verifies with its password', (name) => {
    const bytes = readFileSync(join(import.meta.dirname, 'fixtures', name));
    const head = parseHead(bytes.subarray(0, findHeadEnd(bytes)));
    const credentials = parseDigestCredentials(findHeader(head.headers, 'authorization') ?? '');
    expect(verifyDigest({ hash, credentials, method: 'REGISTER', password: '12345678' })).toBe(true);
    expect(verifyDigest({ hash, credentials, method: 'REGISTER', password: '12345679' })).toBe(false);
  });

  it.each([
    ['34020000001110000001', '34020000', 'awer23sdfj123123', 'sip:34020000002000000001@3402000000', '12345678', '5a08b47cf38bc6aa2df2f70577879e37', ''],
    ['admin', 'hik', 'a8afe6fcbee6331d89d3eb0d3d19ce39', 'sip:130909115229300920@10.64.49.44:7100', '12345', '907ddb1bcc25174d7de4a96c947fb066', ''],
    [
      '34020000001320000264',
      '3402000000',
      '6eb1340d99c404a0e4d3b68d15d1d46f',
      'sip:34020000002000000001@3402000000',
      '12345678',
      '4c97657aa0412c25d4b862219b635c17',
      ', qop=auth, nc=00000001, cnonce="0a4f113b"',
    ],
  ])('%s at %s', (username, realm, nonce, uri, password, expected, extra) => {
    const credentials = parseDigestCredentials(
      `Digest username="${username}", realm="${realm}", nonce="${nonce}", uri="${uri}", response="${expected}"${extra}`,
    );
    expect(verifyDigest({ hash, credentials, method: 'REGISTER', password })).toBe(true);
  });
});

describe('REGISTER', () => {
  it('challenges with the smallest form, then lets in with date, expiry and contact', async () => {
    const { sip, platform, reports } = await makeBench();
    const first = sip.receive('REGISTER', DEVICE, HOME, [['expires', '3600']]);
    expect(first.status).toBe(401);
    expect(first.headers.get('www-authenticate')).toMatch(/^Digest realm="3402000000", nonce="[0-9a-f]{32}", algorithm=MD5$/);
    const answer = register(sip);
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toEqual({ date: '2022-05-01T12:00:00.000', contact: `<sip:${DEVICE}@192.168.1.2:5060>`, expires: '3600' });
    expect(platform.service.devices()).toEqual([
      expect.objectContaining({ id: DEVICE, online: true, transport: 'udp', remote: '192.0.2.10:5060', registeredAt: '2022-05-01T04:00:00.000Z', channels: 1 }),
    ]);
    expect(reports).toEqual([{ type: 'gb28181.device.online', data: { id: DEVICE, transport: 'udp', remote: '192.0.2.10:5060' } }]);
  });

  it.each([
    ['MD5 with qop', { qop: true }],
    ['SHA-256', { algorithm: 'SHA-256' as const }],
    ['another username', { username: 'admin' }],
  ])('accepts %s', async (_name, credentials) => {
    const { sip } = await makeBench();
    expect(register(sip, credentials).status).toBe(200);
  });

  it('offers algorithms as configured, each by a challenge of its own', async () => {
    const challenges = async (config: Record<string, unknown>) => {
      const { sip } = await makeBench(config);
      const all = sip.receiveAll('REGISTER', DEVICE, HOME).filter(([name]) => name === 'www-authenticate');
      return all.map(([, value]) => parseDigestChallenge(value).algorithm);
    };
    expect(await challenges({})).toEqual(['MD5']);
    expect(await challenges({ sip: { digest: ['md5', 'sha-256', 'sm3'] } })).toEqual(['MD5', 'SHA-256', 'SM3']);
    expect(await challenges({ sip: { digest: ['sm3'] } })).toEqual(['SM3']);
  });

  it('takes SM3 and SHA-256, and MD5 where it is offered only', async () => {
    const answers = async (digest: readonly string[]) => {
      const { sip } = await makeBench({ sip: { digest } });
      return (['MD5', 'SHA-256', 'SM3'] as const).map((algorithm) => register(sip, { algorithm }).status);
    };
    expect(await answers(['md5', 'sm3'])).toEqual([200, 200, 200]);
    expect(await answers(['sha-256'])).toEqual([401, 200, 200]);
  });

  it('takes a nonce again with a higher count, but not with one it saw', async () => {
    const { sip } = await makeBench();
    const challenge = sip.receive('REGISTER', DEVICE, HOME).headers.get('www-authenticate') ?? '';
    const send = (nc: string) => sip.receive('REGISTER', DEVICE, HOME, [['authorization', authorize(challenge, { qop: true, nc })]]).status;
    expect(['00000001', '00000002', '00000002', '00000001', '00000009'].map(send)).toEqual([200, 200, 401, 401, 200]);
  });

  it('sends the Date in the zone of the device', async () => {
    const { sip } = await makeBench({ timeZone: 'Europe/Berlin', devices: [{ id: 'open', noAuth: true, timeZone: 'UTC' }] });
    expect(register(sip).headers.get('date')).toBe('2022-05-01T06:00:00.000');
    expect(register(sip, { id: 'open' }).headers.get('date')).toBe('2022-05-01T04:00:00.000');
  });

  it('counts failures of a device that is known there for itself', async () => {
    const { sip } = await makeBench({ registration: { maxFailuresPerSecond: 3 } });
    register(sip);
    register(sip, { expires: '0' });
    for (let i = 0; i < 3; i++) expect(register(sip, { password: 'guess' }).status).toBe(403);
    expect(register(sip).status).toBe(403);
    expect(register(sip, { id: '34020000001320000008' }).status).toBe(200);
  });

  it('answers a wrong password 403 and changes nothing', async () => {
    const { sip, platform, reports } = await makeBench();
    expect(register(sip, { password: 'wrong' }).status).toBe(403);
    expect(platform.service.devices()).toEqual([]);
    expect(reports).toEqual([]);
  });

  it('answers the right digest with an old, foreign or used nonce 401 stale', async () => {
    const { sip, clock } = await makeBench();
    const challenge = sip.receive('REGISTER', DEVICE, HOME).headers.get('www-authenticate') ?? '';
    const send = (authorization: string, source = HOME) => sip.receive('REGISTER', DEVICE, source, [['authorization', authorization]]);
    const isStale = (answer: ReturnType<typeof send>) =>
      answer.status === 401 && parseDigestChallenge(answer.headers.get('www-authenticate') ?? '').stale === true;
    expect(isStale(send(authorize(challenge), { ...HOME, address: '198.51.100.1' }))).toBe(true);
    expect(isStale(send(authorize(challenge, { nonce: 'made-up' })))).toBe(true);
    expect(send(authorize(challenge)).status).toBe(200);
    expect(isStale(send(authorize(challenge)))).toBe(true);
    const old = sip.receive('REGISTER', DEVICE, HOME).headers.get('www-authenticate') ?? '';
    clock.advance(301_000);
    expect(isStale(send(authorize(old)))).toBe(true);
  });

  it('answers another realm, another scheme and broken credentials with a plain challenge', async () => {
    const { sip } = await makeBench();
    const challenge = sip.receive('REGISTER', DEVICE, HOME).headers.get('www-authenticate') ?? '';
    for (const authorization of [authorize(challenge, { realm: 'hik' }), 'Bidirection random1="x"', 'Digest', 'Digest nonce=""'])
      expect(sip.receive('REGISTER', DEVICE, HOME, [['authorization', authorization]])).toMatchObject({ status: 401 });
  });

  it('refuses an address that fails too often for a second; registered devices behind it are exempt', async () => {
    const { sip, clock } = await makeBench({ registration: { maxFailuresPerSecond: 3 } });
    expect(register(sip).status).toBe(200);
    for (let i = 0; i < 3; i++) expect(register(sip, { id: '34020000001320000009', password: 'guess' }).status).toBe(403);
    expect(register(sip, { id: '34020000001320000008' }).status).toBe(503);
    expect(register(sip).status).toBe(200);
    expect(register(sip, { id: '34020000001320000008', source: { ...HOME, address: '192.0.2.11' } }).status).toBe(200);
    clock.advance(1000);
    expect(register(sip, { id: '34020000001320000008' }).status).toBe(200);
  });

  it('refuses an address of which unknown ids come and never prove themselves; thousands that do are none', async () => {
    const { sip, clock } = await makeBench({ registration: { maxFailuresPerSecond: 20 } });
    const idOf = (index: number) => `3402000000132${String(index).padStart(7, '0')}`;
    for (let index = 0; index < 2000; index++) expect(register(sip, { id: idOf(index) }).status).toBe(200);
    clock.advance(6000);
    const strange = (index: number) => sip.receive('REGISTER', idOf(10_000 + index), HOME).status;
    const counts = new Map<number, number>();
    for (let index = 0; index < 30_000; index++) {
      const status = strange(index);
      counts.set(status, (counts.get(status) ?? 0) + 1);
      if (index % 1000 === 999) clock.advance(1000);
    }
    // Five seconds until it is known what they are, then nothing more.
    expect([...counts]).toEqual([
      [401, 5000],
      [503, 25_000],
    ]);
    expect(register(sip, { id: idOf(0) }).status).toBe(200);
    expect(sip.receive('REGISTER', idOf(1), HOME).status).toBe(401);
    clock.advance(6000);
    expect(register(sip, { id: idOf(9999) }).status).toBe(200);
  });

  it('knows passwords per device and devices without one', async () => {
    const { sip } = await makeBench({
      devices: [
        { id: DEVICE, password: 'its own' },
        { id: 'open', noAuth: true },
      ],
    });
    expect(register(sip).status).toBe(403);
    expect(register(sip, { password: 'its own' }).status).toBe(200);
    expect(sip.receive('REGISTER', 'open', HOME).status).toBe(200);
  });

  it.each([
    ['Expires 0', { expires: '0' }],
    ['Contact *', { headers: [['contact', '*']] as const, expires: '0' }],
  ])('unregisters by %s, challenged too', async (_name, how) => {
    const { sip, platform, reports } = await makeBench();
    register(sip);
    expect(sip.receive('REGISTER', DEVICE, HOME, [['expires', '0']]).status).toBe(401);
    expect(platform.service.devices()[0]?.online).toBe(true);
    expect(register(sip, how).status).toBe(200);
    expect(platform.service.devices()[0]?.online).toBe(false);
    expect(reports.at(-1)).toEqual({ type: 'gb28181.device.offline', data: { id: DEVICE, reason: 'unregistered' } });
  });

  it('answers the version of the peer, and only to peers that say one', async () => {
    const { sip } = await makeBench();
    expect(register(sip, { headers: [['x-gb-ver', '3.0']] }).headers.get('x-gb-ver')).toBe('3.0');
    expect(register(sip, { headers: [['x-gb-ver', '7']] }).headers.get('x-gb-ver')).toBe('2.0');
    expect(register(sip).headers.has('x-gb-ver')).toBe(false);
  });

  it('refuses ids that are none, and more devices than it may keep', async () => {
    const { sip } = await makeBench({ registration: { maxDevices: 1 } });
    for (const id of ['', '../x', 'a b']) expect(sip.receive('REGISTER', id, HOME).status).toBe(400);
    expect(register(sip).status).toBe(200);
    expect(register(sip, { id: '34020000001320000009' }).status).toBe(503);
    expect(register(sip).status).toBe(200);
  });
});

describe('keepalive', () => {
  it('is answered 200 with nothing in it; without a registration 403', async () => {
    const { sip } = await makeBench();
    expect(keepalive(sip).status).toBe(403);
    register(sip);
    const answer = keepalive(sip);
    expect(answer).toEqual({ status: 200, headers: new Map() });
  });

  it('keeps a device online; three missing take it offline', async () => {
    const { sip, clock, platform, reports } = await makeBench();
    register(sip);
    for (let i = 0; i < 5; i++) {
      clock.advance(60_000);
      keepalive(sip);
    }
    clock.advance(179_000);
    expect(platform.service.devices()[0]?.online).toBe(true);
    clock.advance(1000);
    expect(platform.service.devices()[0]).toMatchObject({ online: false, keepaliveAt: '2022-05-01T04:05:00.000Z' });
    expect(reports.at(-1)).toEqual({ type: 'gb28181.device.offline', data: { id: DEVICE, reason: 'keepalive' } });
    expect(keepalive(sip).status).toBe(403);
  });

  it('does not outlive the registration, unless the device is known to never refresh', async () => {
    const run = async (config: Record<string, unknown>) => {
      const { sip, clock, platform } = await makeBench(config);
      register(sip, { expires: '100' });
      for (let i = 0; i < 3; i++) {
        clock.advance(50_000);
        keepalive(sip);
      }
      return platform.service.devices()[0]?.online;
    };
    expect(await run({})).toBe(false);
    expect(await run({ devices: [{ id: DEVICE, keepaliveRenews: true }] })).toBe(true);
  });

  it('moves the port, not the address', async () => {
    const { sip, platform } = await makeBench();
    register(sip);
    expect(keepalive(sip, { ...HOME, port: 40_000 }).status).toBe(200);
    expect(platform.service.devices()[0]?.remote).toBe('192.0.2.10:40000');
    const moved = keepalive(sip, { ...HOME, address: '198.51.100.1' });
    expect(moved.status).toBe(401);
    expect(moved.headers.get('www-authenticate')).toContain('Digest realm=');
    expect(platform.service.devices()[0]?.remote).toBe('192.0.2.10:40000');
  });

  it('moves the address where that is configured', async () => {
    const { sip, platform } = await makeBench({ keepaliveLaxAddress: true });
    register(sip);
    expect(keepalive(sip, { ...HOME, address: '198.51.100.1' }).status).toBe(200);
    expect(platform.service.devices()[0]?.remote).toBe('198.51.100.1:5060');
  });

  it('is answered 400 where the body is no message, and the device stays', async () => {
    const { sip, platform } = await makeBench();
    register(sip);
    expect(sip.receive('MESSAGE', DEVICE, HOME, [], '<!DOCTYPE x [<!ENTITY a "b">]><Notify/>').status).toBe(400);
    expect(sip.receive('MESSAGE', DEVICE, HOME, [], 'hello').status).toBe(400);
    expect(platform.service.devices()[0]?.online).toBe(true);
  });
});

it('5,000 devices behind one address register and stay; their failures would count, they do not', async () => {
  const { sip, clock, platform } = await makeBench({ registration: { maxFailuresPerSecond: 3 }, catalog: { onRegister: false } });
  const ids = Array.from({ length: 5000 }, (_, index) => `340200000013${String(index).padStart(8, '0')}`);
  const source = (index: number) => ({ ...HOME, port: 1024 + index });
  for (const [index, id] of ids.entries()) expect(register(sip, { id, source: source(index) }).status).toBe(200);
  for (let minute = 0; minute < 4; minute++) {
    clock.advance(60_000);
    for (const [index, id] of ids.entries()) keepalive(sip, source(index), id);
  }
  expect(platform.service.devices().filter(({ online }) => online)).toHaveLength(5000);
}, 60_000);

describe('TCP', () => {
  const tcp = { transport: 'tcp', address: '192.0.2.10', port: 40_001, connection: 'c1' } as const;

  it('ends with its connection', async () => {
    const { sip, platform, reports } = await makeBench();
    register(sip, { source: tcp });
    sip.closeConnection('other');
    expect(platform.service.devices()[0]?.online).toBe(true);
    sip.closeConnection('c1');
    expect(platform.service.devices()[0]?.online).toBe(false);
    expect(reports.at(-1)).toMatchObject({ data: { reason: 'disconnected' } });
  });

  it('does not end with a connection that was replaced', async () => {
    const { sip, platform } = await makeBench();
    register(sip, { source: tcp });
    register(sip, { source: { ...tcp, port: 40_002, connection: 'c2' } });
    sip.closeConnection('c1');
    expect(platform.service.devices()[0]?.online).toBe(true);
    sip.closeConnection('c2');
    expect(platform.service.devices()[0]?.online).toBe(false);
  });
});

describe('other methods', () => {
  it('answers each', async () => {
    const { sip } = await makeBench();
    expect(sip.receive('OPTIONS', DEVICE, HOME).status).toBe(200);
    expect(sip.receive('INVITE', DEVICE, HOME).status).toBe(488);
    expect(sip.receive('SUBSCRIBE', DEVICE, HOME).status).toBe(405);
    await settle();
  });
});
