import type { Fresh, ScorecardTest } from '../types.js';
import { becomes, check, checkNone, each, pause } from './support/check.js';
import { SipDevice, sipPassword } from './support/sip.js';
import { openTrap, type Trap } from './support/trap.js';

const DEVICE = '34020000001320000091';

/** Ways to write an address of this machine. */
const LOOPBACK: readonly string[] = [
  '127.0.0.1',
  '127.0.0.2',
  '127.1',
  '127.0.1',
  '0',
  '0.0.0.0',
  '0x7f000001',
  '0x7f.0.0.1',
  '0x7F.1',
  '2130706433',
  '017700000001',
  '0177.0.0.1',
  '127.0.0.1.',
  'localhost',
  'LOCALHOST',
  'localhost.',
  'x@127.0.0.1',
  'x:y@localhost',
  '[::1]',
  '[::]',
  '[0:0:0:0:0:0:0:1]',
  '[::ffff:127.0.0.1]',
  '[::ffff:7f00:1]',
  '[0:0:0:0:0:ffff:7f00:0001]',
  '[::127.0.0.1]',
  '[64:ff9b::7f00:1]',
  '[2002:7f00:1::]',
  '１２７.0.0.1',
  '①②⑦.⓪.⓪.①',
  '127。0。0。1',
  'ⓛocalhost',
];
/** Where clouds keep credentials, and the link. */
const INNER: readonly string[] = [
  '169.254.169.254',
  '0xa9fea9fe',
  '2852039166',
  '0251.0376.0251.0376',
  '[::ffff:169.254.169.254]',
  '[fd00:ec2::254]',
  '100.100.100.200',
  '168.63.129.16',
  '[fe80::1]',
  '224.0.0.1',
  '255.255.255.255',
  '240.0.0.1',
];
const ODD: readonly string[] = [
  'file:///etc/passwd',
  'FILE:///etc/passwd',
  'gopher://127.0.0.1:PORT/_x',
  'dict://127.0.0.1:PORT/x',
  'ftp://127.0.0.1:PORT/x',
  'ldap://127.0.0.1:PORT/x',
  'concat:http://127.0.0.1:PORT/x',
  'pipe:0',
  'data:video/x-flv;base64,AA',
  'tcp://127.0.0.1:PORT',
  'udp://127.0.0.1:PORT',
  'unix:/tmp/x',
  'jar:http://127.0.0.1:PORT/x',
  'ws://127.0.0.1:PORT/live/x.flv',
  '//127.0.0.1:PORT/x',
  'http:127.0.0.1:PORT/x',
  'http:///127.0.0.1:PORT/x',
  'http:\\\\127.0.0.1:PORT\\x',
  ' http://127.0.0.1:PORT/x',
  'http://127.0.0.1:PORT\\@203.0.113.1/x',
  'http://203.0.113.1\\@127.0.0.1:PORT/x',
  'rtsp://203.0.113.1#@127.0.0.1:PORT/x',
  'rtmp://203.0.113.1\r\n@127.0.0.1:PORT/live/x',
  'http://127.0.0.1:PORT%2f@203.0.113.1/x',
  'http://127.0.0.1%00.example.com:PORT/x',
];

const urlsOf = (hosts: readonly string[], port: number): string[] =>
  hosts.flatMap((host) => [`http://${host}:${port}/live/x.flv`, `rtsp://${host}:${port}/live/x`, `rtmp://${host}:${port}/live/x`]);

/** Names a target wherever the API takes one; answers what was let in. */
async function nameTargets(server: Fresh, urls: readonly string[]): Promise<string[]> {
  const wrong: string[] = [];
  let number = 0;
  const post = async (path: string, body: object): Promise<number> => {
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) };
    return (await server.api(path, init)).status;
  };
  await each(urls, 3, async (url) => {
    const name = `ssrf/${++number}`;
    const statuses = [
      await post('/pulls', { path: name, url, retries: 1, retryIntervalMs: 10 }),
      await post('/pushes', { path: name, url }),
      await post('/create_pullChannel', { streamId: `s${number}`, transport: 'udp', port: 'single', pushUrl: url }),
    ];
    if (statuses.some((status) => status < 400 || status > 499)) wrong.push(`${url} got ${statuses.join(' ')}`);
  });
  return wrong;
}

/** tcp-active: the caller, and the device by its answer, name who is connected to. */
async function nameHosts(server: Fresh, port: number): Promise<string[]> {
  const wrong: string[] = [];
  const call = async (path: string, body: object): Promise<{ status: number; body: { channelId?: string } | undefined }> =>
    server.api(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  for (const remoteIp of ['127.0.0.1', 'localhost', '0.0.0.0', '169.254.169.254', '::1', '::ffff:127.0.0.1', '0x7f000001', '2130706433']) {
    const created = await call('/create_pullChannel', { streamId: `h${Math.random()}`.replace('.', ''), transport: 'tcp-active', port: 'single' });
    const { channelId } = created.body ?? {};
    const started = await call('/start_pullChannel', { channelId, remoteIp, remotePort: port });
    if (started.status < 400 || started.status > 499) wrong.push(`start_pullChannel of ${remoteIp} got ${started.status}`);
    await call('/delete_pullChannel', { channelId });
  }
  return wrong;
}

/** A device elsewhere (127.0.0.5) answers that its media is on this machine. */
async function answerElsewhere(server: Fresh, trap: Trap): Promise<void> {
  const device = await SipDevice.open(server, '127.0.0.5');
  let invites = 0;
  device.onRequest = (request) => {
    if (request.method !== 'INVITE') return device.answer(request, 200, 'OK');
    invites++;
    const sdp = `v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=Play\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\nm=video ${trap.port} TCP/RTP/AVP 96\r\na=setup:passive\r\na=rtpmap:96 PS/90000\r\n`;
    device.answer(request, 200, 'OK', sdp);
  };
  const registered = await device.register(DEVICE, sipPassword(server));
  check(registered?.status === 200, () => `the device could not register: ${registered?.status}`);
  const init = {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ transport: 'tcp-active' }),
    signal: AbortSignal.timeout(8000),
  };
  await server.api(`/gb28181/channels/${DEVICE}/play`, init).catch(() => undefined);
  check(invites > 0, () => 'the device was not invited');
  await device.register(DEVICE, sipPassword(server), { expires: 0 });
  device.close();
}

/** Servers that may be named send on to one that may not. */
async function redirect(server: Fresh, trap: Trap): Promise<void> {
  const to = (path: string): string => `127.0.0.1:${trap.port}${path}`;
  const http = await openTrap('127.0.0.2', () => `HTTP/1.1 302 Found\r\nLocation: http://${to('/live/x.flv')}\r\nContent-Length: 0\r\n\r\n`);
  const rtsp = await openTrap(
    '127.0.0.2',
    (request) => `RTSP/1.0 302 Found\r\nCSeq: ${/CSeq: *(\d+)/i.exec(request)?.[1]}\r\nLocation: rtsp://${to('/live/x')}\r\n\r\n`,
  );
  const init = (body: object) => ({ method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) });
  const pulls = [`http://127.0.0.2:${http.port}/live/x.flv`, `rtsp://127.0.0.2:${rtsp.port}/live/x`];
  for (const [index, url] of pulls.entries()) await server.api('/pulls', init({ path: `redirected/${index}`, url, retries: 1, retryIntervalMs: 10 }));
  const asked = await becomes(() => http.count() > 0 && rtsp.count() > 0, 10_000);
  await pause(1500);
  check(asked, () => 'the servers that redirect were not asked: it proves nothing');
  await Promise.all([http.close(), rtsp.close()]);
}

/** Hooks and the callback of the configuration answer with a redirect; nobody follows. */
async function redirectHooks(start: (settings: readonly string[]) => Promise<Fresh & { stop(): Promise<void> }>, trap: Trap): Promise<void> {
  const answer = (code: number) => () => `HTTP/1.1 ${code} Found\r\nLocation: http://127.0.0.1:${trap.port}/\r\nContent-Length: 0\r\nConnection: close\r\n\r\n`;
  const [hook, callback, cc] = (await Promise.all([307, 307, 302].map((code) => openTrap('127.0.0.2', answer(code))))) as [Trap, Trap, Trap];
  const server = await start([
    `report-http.hooks=[{ url: 'http://127.0.0.2:${hook.port}/', events: ['*'] }]`,
    'auth.play=callback',
    `auth.callback.url=http://127.0.0.2:${callback.port}/`,
    `gateway-control.report.gateWayStart=http://127.0.0.2:${cc.port}/`,
  ]);
  await server.http('/live/x.flv', { headers: { authorization: '' } });
  const asked = await becomes(() => hook.count() > 0 && callback.count() > 0 && cc.count() > 0, 15_000);
  await pause(1000);
  check(asked, () => `not all were asked: hook ${hook.count()}, callback ${callback.count()}, cc ${cc.count()}`);
  await server.stop();
  await Promise.all([hook.close(), callback.close(), cc.close()]);
}

/** S3: targets that a server may not be sent to. */
export const targets: ScorecardTest = {
  id: 'S3',
  title: 'Pulls, pushes, hooks and devices that name this machine or its link',
  async run(site) {
    const traps = [await openTrap('127.0.0.1')];
    const port = traps[0]?.port ?? 0;
    for (const host of ['127.0.0.2', '::1'])
      await openTrap(host, undefined, port).then(
        (trap) => traps.push(trap),
        () => undefined,
      );
    const trap = traps[0] as Trap;
    const seen = (): number => traps.reduce((sum, each) => sum + each.count(), 0);
    try {
      const own = [`http://127.0.0.1:${site.ports.http}/api/v1/server`, `http://127.0.0.1:${site.ports.http}/${site.reference}.flv`];
      const odd = ODD.map((url) => url.replace('PORT', String(port)));
      const urls = [...urlsOf(LOOPBACK, port), ...urlsOf(INNER, 80), ...odd, ...own].filter((_url, index) => index % site.choose(3, 1, 1) === 0);
      checkNone([...(await nameTargets(site, urls)), ...(await nameHosts(site, port))], 'not refused by 4xx');
      await answerElsewhere(site, trap);
      const lenient = await site.startFresh(["relay.allow=['127.0.0.2/32']"]);
      await redirect(lenient, trap);
      await lenient.stop();
      await redirectHooks(site.startFresh, trap);
      check(seen() === 0, () => `${seen()} connections came to a forbidden address`);
      return `${urls.length} URLs × 3 calls refused, redirects of pull, hook, callback and cc, SDP of a device: 0 connections`;
    } finally {
      await Promise.all(traps.map((each) => each.close()));
    }
  },
};
