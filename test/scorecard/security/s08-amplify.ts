import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import type { ScorecardTest, Site } from '../types.js';
import { becomes, check, checkNone, pause } from './support/check.js';
import { DOMAIN, PLATFORM, SipDevice, sipPassword } from './support/sip.js';

const DEVICE = '34020000001320000301';
const TYPE = 'Content-Type: Application/MANSCDP+xml';
const KEEPALIVE = `<Notify><CmdType>Keepalive</CmdType><SN>1</SN><DeviceID>${DEVICE}</DeviceID><Status>OK</Status></Notify>`;
const PROLOG = '<?xml version="1.0"?>';
/** The answer comes within this; the machine may be busy. */
const ANSWER_MS = 2000;

const laughs = `${PROLOG}<!DOCTYPE l [<!ENTITY a "ha">${Array.from({ length: 30 }, (_, i) => `<!ENTITY a${i} "${`&a${i === 0 ? '' : i - 1};`.repeat(10)}">`).join('')}]><Notify>&a29;</Notify>`;
const utf16 = (text: string): Buffer => Buffer.concat([Buffer.from([0xff, 0xfe]), Buffer.from(text, 'utf16le')]);

/** Bodies that are to be refused, or to do no harm. */
const BODIES: Readonly<Record<string, Buffer | string>> = {
  'billion laughs': laughs,
  'DOCTYPE with a file': `${PROLOG}<!DOCTYPE x [<!ENTITY f SYSTEM "file:///etc/passwd">]><Notify><CmdType>&f;</CmdType></Notify>`,
  'DOCTYPE with a URL': `${PROLOG}<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd"><Notify/>`,
  'parameter entity': `${PROLOG}<!DOCTYPE x [<!ENTITY % p SYSTEM "http://127.0.0.1:1/x"> %p;]><Notify/>`,
  'DOCTYPE in lower case': '<!doctype x [<!entity a "b">]><Notify>&a;</Notify>',
  'DOCTYPE behind a comment': `<!-- x --><!DOCTYPE x [<!ENTITY a "b">]>${KEEPALIVE}`,
  'depth 10,000': `${'<a>'.repeat(10_000)}${'</a>'.repeat(10_000)}`,
  'depth that never ends': '<a>'.repeat(15_000),
  '60 kB of attributes': `<Notify ${'a="b" '.repeat(10_000)}/>`,
  '60 kB of one name': `<${'n'.repeat(60_000)}>`,
  '20,000 elements': `<Notify>${'<a/>'.repeat(15_000)}</Notify>`,
  'references without end': `<Notify><CmdType>${'&#x41;'.repeat(9000)}</CmdType></Notify>`,
  'references to nothing': `<Notify><CmdType>${'&amp;lt;&#0;&#xffffffff;&#x110000;'.repeat(1000)}</CmdType></Notify>`,
  'CDATA without end': `<Notify><![CDATA[${'x'.repeat(50_000)}`,
  'comment without end': `<Notify><!--${'-'.repeat(50_000)}`,
  'UTF-16': utf16(`${PROLOG}${KEEPALIVE}`),
  'UTF-16 with a DOCTYPE': utf16(laughs),
  'UTF-16 that is said and not so': `<?xml version="1.0" encoding="UTF-16"?>${KEEPALIVE}`,
  'GB18030 cut': Buffer.concat([Buffer.from('<?xml version="1.0" encoding="GB18030"?><Notify><CmdType>'), Buffer.alloc(20_000, 0x81)]),
  'UTF-7': '<?xml version="1.0" encoding="UTF-7"?>+ADw-Notify+AD4-',
  'an encoding of 10 kB': `<?xml version="1.0" encoding="${'x'.repeat(10_000)}"?>${KEEPALIVE}`,
  'NUL bytes': Buffer.alloc(50_000),
  'angle brackets': '<'.repeat(60_000),
  'white space': ' '.repeat(60_000),
  ampersands: '&'.repeat(60_000),
};

/** Sends every body from a device that is known; answers what was wrong, and how long the slowest answer took. */
async function sendBodies(site: Site, device: SipDevice): Promise<{ readonly wrong: string[]; readonly slowestMs: number }> {
  const wrong: string[] = [];
  let slowestMs = 0;
  for (const [what, body] of Object.entries(BODIES)) {
    const startedMs = performance.now();
    const cpu = site.usage().cpuSeconds;
    const answer = await device.ask({ method: 'MESSAGE', user: DEVICE, headers: [TYPE], body }, ANSWER_MS);
    const ms = performance.now() - startedMs;
    const spent = site.usage().cpuSeconds - cpu;
    if (answer !== undefined) slowestMs = Math.max(slowestMs, ms);
    if (answer?.status === 200 && /DOCTYPE|laughs|entity/.test(what)) wrong.push(`${what} got 200`);
    if (spent > 0.5) wrong.push(`${what} cost ${spent.toFixed(2)} s of CPU`);
  }
  return { wrong, slowestMs };
}

/** Requests whose lengths lie, and 10 MB over TCP. */
async function sendLies(site: Site, device: SipDevice): Promise<string[]> {
  const wrong: string[] = [];
  for (const length of ['-1', '0', '1', '99999', '2147483648', '18446744073709551616', '1e3', '0x10', ' ', '5, 6']) {
    const answer = await device.ask({ method: 'MESSAGE', user: DEVICE, headers: [TYPE, `Content-Length: ${length}`], body: KEEPALIVE }, 700);
    if ((answer?.status ?? 400) >= 500) wrong.push(`Content-Length ${length} got ${answer?.status}`);
  }
  const before = site.usage().rssBytes;
  const connection = site.tcp(site.ports.sip);
  const head = `MESSAGE sip:${PLATFORM}@${DOMAIN} SIP/2.0\r\nVia: SIP/2.0/TCP 127.0.0.1:5060;branch=z9hG4bKx\r\nFrom: <sip:${DEVICE}@${DOMAIN}>;tag=a\r\nTo: <sip:${DEVICE}@${DOMAIN}>\r\nCall-ID: big\r\nCSeq: 1 MESSAGE\r\nContent-Length: 10485760\r\n\r\n`;
  await connection.send(head);
  for (let sent = 0; sent < 160 && !connection.isClosed(); sent++) await connection.send(Buffer.alloc(65_536, '<a>'));
  if (!(await connection.closesWithin(5000)) && !connection.received().includes('413')) wrong.push('10 MB of XML over TCP were taken');
  connection.close();
  const grown = site.usage().rssBytes - before;
  if (grown > 20e6) wrong.push(`10 MB of XML over TCP cost ${Math.round(grown / 1e6)} MB`);
  return wrong;
}

/** What a stranger sends by UDP. */
const STRANGER: Readonly<Record<string, (device: SipDevice) => Buffer | string>> = {
  REGISTER: (device) => device.build({ method: 'REGISTER', user: DEVICE.replace(/1$/, '9'), headers: ['Expires: 3600'] }),
  OPTIONS: (device) => device.build({ method: 'OPTIONS', user: 'x' }),
  MESSAGE: (device) => device.build({ method: 'MESSAGE', user: 'x', body: KEEPALIVE }),
  INVITE: (device) => device.build({ method: 'INVITE', user: 'x' }),
  SUBSCRIBE: (device) => device.build({ method: 'SUBSCRIBE', user: 'x', headers: ['Event: presence'] }),
  'a method that is none': (device) => device.build({ method: 'FOO', user: 'x' }),
  'the smallest request': () =>
    'OPTIONS sip:a SIP/2.0\r\nv:SIP/2.0/UDP a;branch=z9hG4bKa\r\nf:<sip:a>;tag=a\r\nt:<sip:a>\r\ni:a\r\nCSeq:1 OPTIONS\r\nl:0\r\n\r\n',
  'a long Via': (device) => device.build({ method: 'OPTIONS', user: 'x', headers: [`Via: SIP/2.0/UDP ${'h'.repeat(500)};branch=z9hG4bKb`] }),
  'two bytes': () => '\r\n',
  'a keep-alive': () => '\r\n\r\n',
  garbage: () => Buffer.alloc(100, 0xff),
};

/** Bytes that come back from a port for those that were sent. */
async function answered(port: number, datagrams: readonly Buffer[]): Promise<{ readonly out: number; readonly in: number }> {
  const socket = createSocket('udp4');
  let back = 0;
  socket.on('message', (bytes) => {
    back += bytes.length;
  });
  socket.bind(0, '127.0.0.6');
  await once(socket, 'listening');
  for (const datagram of datagrams) socket.send(datagram, port, '127.0.0.1');
  await pause(1500);
  socket.close();
  return { out: back, in: datagrams.reduce((sum, { length }) => sum + length, 0) };
}

async function amplification(site: Site): Promise<{ readonly wrong: string[]; readonly worst: number }> {
  const wrong: string[] = [];
  let worst = 0;
  for (const [index, [what, build]] of Object.entries(STRANGER).entries()) {
    const device = await SipDevice.open(site, `127.0.1.${index + 1}`);
    for (let i = 0; i < 10; i++) device.send(build(device));
    await becomes(() => device.got > 3 * device.sent, 1500);
    worst = Math.max(worst, device.got / device.sent);
    if (device.got > 3 * device.sent) wrong.push(`${what}: ${device.got} bytes for ${device.sent}`);
    device.close();
  }
  const rtcp = Buffer.from('80c80006000000010000000000000000000000000000000000000000', 'hex');
  const stun = Buffer.from('000100002112a442000102030405060708090a0b', 'hex');
  const rtp = Buffer.concat([Buffer.from('806000010000000100000001', 'hex'), Buffer.alloc(100)]);
  for (const port of [site.ports.rtp, site.ports.rtspUdp, site.ports.rtspUdp + 1]) {
    const { out, in: sent } = await answered(port, [rtcp, stun, rtp, Buffer.alloc(1), Buffer.from('OPTIONS * RTSP/1.0\r\nCSeq: 1\r\n\r\n')]);
    worst = Math.max(worst, out / sent);
    if (out > 3 * sent) wrong.push(`port ${port}: ${out} bytes for ${sent}`);
  }
  return { wrong, worst };
}

/** S8: XML that grows, lengths that lie, answers larger than questions. */
export const bombs: ScorecardTest = {
  id: 'S8',
  title: 'XML bombs, odd charsets and lengths; bytes out for bytes in of strangers',
  async run(site) {
    const device = await SipDevice.open(site, '127.0.0.4');
    const password = sipPassword(site);
    const registered = await device.register(DEVICE, password);
    check(registered?.status === 200, () => `the device could not register: ${registered?.status}`);
    device.onRequest = (request) => device.answer(request, 200, 'OK');
    const { wrong, slowestMs } = await sendBodies(site, device);
    wrong.push(...(await sendLies(site, device)));
    const after = await device.ask({ method: 'MESSAGE', user: DEVICE, headers: [TYPE], body: `${PROLOG}${KEEPALIVE}` });
    if (after?.status !== 200) wrong.push(`a keepalive afterwards got ${after?.status}`);
    const amplified = await amplification(site);
    checkNone([...wrong, ...amplified.wrong], 'bombs');
    await device.register(DEVICE, password, { expires: 0 });
    device.close();
    return `${Object.keys(BODIES).length} bodies and 11 lengths, slowest answer ${Math.round(slowestMs)} ms; at most ${amplified.worst.toFixed(2)} × bytes to strangers`;
  },
};
