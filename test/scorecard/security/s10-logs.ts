import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Fresh, ScorecardTest } from '../types.js';
import { check, checkNone, each, pause } from './support/check.js';
import { publishing } from './support/publish.js';
import { rawHttp } from './support/raw-http.js';
import { askRtmp } from './support/rtmp.js';
import { SipDevice, sipPassword } from './support/sip.js';

const FORGED = '{"level":"info","msg":"forged by a stranger"}';
const NASTY: readonly string[] = [
  `\r\n${FORGED}\r\n`,
  `\n${FORGED}`,
  `\r${FORGED}`,
  `\u2028${FORGED}`,
  `\u2029${FORGED}`,
  `\u0085${FORGED}`,
  `\u000b${FORGED}\u000c`,
  `"}\n${FORGED}`,
  `\\"},${FORGED}`,
  '\u001b[2J\u001b[31mred',
  '\u001b]0;title\u0007',
  '\u009b2J',
  '\u0000\u0001\u0002\u0007\u0008',
  '\u007f\u007f',
  '\u202e\u200b\ufeff',
  '%0d%0aforged',
  'x'.repeat(10_000),
  'é'.repeat(5000),
];
const SECRET = 'SECRET-OF-SOMEBODY';
const DEVICE = '34020000001320000401';

/** Every place where somebody's words may come into the log. */
async function sayEverywhere(server: Fresh, words: string, device: SipDevice): Promise<void> {
  const encoded = encodeURIComponent(words);
  const inLine = words.replace(/[\r\n\0]/g, ' ');
  const json = { authorization: `Bearer ${server.apiKey}`, 'content-type': 'application/json' };
  await rawHttp(server, `/live/${encoded}.flv?x=${encoded}`, { headers: { 'user-agent': inLine.slice(0, 8000), referer: inLine.slice(0, 4000) } });
  await rawHttp(server, `/api/v1/streams/${encoded}`, { headers: json });
  await rawHttp(server, '/api/v1/pulls', { method: 'POST', headers: json, body: JSON.stringify({ path: 'live/x', url: `rtsp://203.0.113.1/${words}` }) });
  await rawHttp(server, `/${encoded}`, { method: 'POST', headers: json, body: words });
  await askRtmp(server, { action: 'publish', app: 'live', name: `logged?user=${words}`, flashVer: words }, 3000);
  await askRtmp(server, { action: 'play', app: words, name: words, flashVer: words }, 3000);
  const rtsp = server.tcp(server.ports.rtsp);
  await rtsp.send(`DESCRIBE rtsp://h/live/${encoded} RTSP/1.0\r\nCSeq: 1\r\nUser-Agent: ${inLine}\r\n\r\n${words} RTSP/1.0\r\n\r\n`);
  await rtsp.closesWithin(500);
  rtsp.close();
  await device.register(DEVICE, sipPassword(server), { userAgent: inLine });
  await device.ask({ method: 'MESSAGE', user: DEVICE, body: `<Notify><CmdType>${words}</CmdType></Notify>` }, 500);
}

/** Credentials in every place that takes some. */
async function sayCredentials(server: Fresh): Promise<void> {
  const post = (path: string, body: object): Promise<unknown> =>
    server.api(path, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }).catch(() => undefined);
  const hosts = ['192.0.2.1', '127.0.0.1:1', 'nothing.invalid', '[2001:db8::1]'];
  const urls = hosts.flatMap((host) => [
    `rtsp://user:${SECRET}@${host}/live/x`,
    `rtsp://user:p@${SECRET}@${host}/live/x`,
    `rtsp://${SECRET}@${host}/live/x`,
    `rtmp://${host}/live/x?token=${SECRET}`,
    `http://user:${SECRET}@${host}/x.flv?key=${SECRET}&sig=${SECRET}`,
    `http://${host}/x.flv?a=1&PASSWORD=${SECRET}#token=${SECRET}`,
  ]);
  await each(urls, 4, async (url) => {
    await post('/pulls', { path: `secret/${urls.indexOf(url)}`, url, retries: 0 });
    await post('/pushes', { path: server.ports.http === 0 ? '' : 'live/secret', url });
    await post('/create_pullChannel', { streamId: `secret${urls.indexOf(url)}`, transport: 'udp', port: 'single', pushUrl: url });
  });
  for (const target of [
    `/live/secret.flv?token=${SECRET}`,
    `/live/secret.flv?%74oken=${SECRET}`,
    `/flv/live%2Fsecret/${SECRET}`,
    `/hls/live%2Fsecret/${SECRET}`,
    `/live/none.flv?sig=${SECRET}&exp=1`,
    `/api/v1/streams?key=${SECRET}`,
  ])
    await rawHttp(server, target, { headers: { authorization: `Bearer ${SECRET}`, 'x-sluice-token': SECRET, 'gmv-token': SECRET } });
  await askRtmp(server, { action: 'play', app: `live?token=${SECRET}`, name: `secret?key=${SECRET}` }, 2000);
  await askRtmp(server, { action: 'publish', app: 'live', name: `other?password=${SECRET}` }, 3000);
  const rtsp = server.tcp(server.ports.rtsp);
  await rtsp.send(`DESCRIBE rtsp://user:${SECRET}@h/live/secret?token=${SECRET} RTSP/1.0\r\nCSeq: 1\r\nAuthorization: Basic ${SECRET}\r\n\r\n`);
  await rtsp.closesWithin(500);
  rtsp.close();
}

/** Every file that is a log. */
function logFiles(folder: string): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name));
  return files.filter((file) => file.endsWith('.log') && statSync(file).isFile());
}

/** Lines that are no JSON, have control characters, or were made by a stranger. */
function badLines(text: string, what: string): string[] {
  return text.split('\n').flatMap((line) => {
    if (line === '') return [];
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
    if (/[\u0000-\u001f\u007f-\u009f]/.test(line)) return [`${what}: control characters in ${JSON.stringify(line).slice(0, 120)}`];
    try {
      const { msg } = JSON.parse(line) as { msg?: unknown };
      return msg === 'forged by a stranger' ? [`${what}: a forged line`] : [];
    } catch {
      return [`${what}: no JSON: ${line.slice(0, 120)}`];
    }
  });
}

/** What the API and the page's figures tell. */
async function toldByApi(server: Fresh): Promise<string> {
  const lists = [
    '/api/v1/streams',
    '/api/v1/sessions',
    '/api/v1/pulls',
    '/api/v1/pushes',
    '/api/v1/get_pushChannels',
    '/api/v1/config',
    '/api/v1/server',
    '/api/v1/gb28181/devices',
    '/api/v1/auth/tokens',
    '/metrics',
  ];
  const pages = await Promise.all(lists.map(async (path) => (await server.http(path)).text()));
  const events = await rawHttp(server, '/api/v1/events', { headers: { authorization: `Bearer ${server.apiKey}`, 'last-event-id': 'none' }, timeoutMs: 1500 });
  return [...pages, events.body].join('\n');
}

/** The log behind the banner, which shows fresh secrets once. */
function logged(server: Fresh): string {
  const text = server.log();
  const first = text.indexOf('\n{"level"');
  return first < 0 ? '' : Buffer.from(text.slice(first + 1), 'latin1').toString('utf8');
}

/** S10: what others make the log say. */
export const logs: ScorecardTest = {
  id: 'S10',
  title: 'Line breaks, terminal codes and credentials in logs, API and page',
  programs: ['ffmpeg'],
  async run(site) {
    const server = await site.startFresh([
      'engine.log.level=debug',
      'gb28181.trace=true',
      "relay.allow=['public', 'private', 'loopback', '192.0.2.0/24', '2001:db8::/32']",
      `api.keys=[{ id: a, key: ${SECRET}-key, role: read }]`,
    ]);
    const device = await SipDevice.open(server);
    device.onRequest = (request) => device.answer(request, 200, 'OK');
    const encoder = await publishing(server, 'live/secret', `?token=${SECRET}&password=${SECRET}`);
    const words = NASTY.filter((_word, index) => index % site.choose(4, 1, 1) === 0);
    try {
      for (const word of words) await sayEverywhere(server, word, device);
      await sayCredentials(server);
      await pause(2000);
      const text = logged(server);
      check(text.split('\n').length > 5, () => `the log has ${text.split('\n').length} lines: it proves nothing`);
      const streams = logFiles(join(server.data, 'logs'));
      check(streams.length > 0, () => 'there is no log of a stream');
      const traces = logFiles(join(server.data, 'gb28181')).map((file) => readFileSync(file, 'utf8'));
      const all = [text, ...streams.map((file) => readFileSync(file, 'utf8')), ...traces];
      const wrong = [...badLines(text, 'log'), ...streams.flatMap((file) => badLines(readFileSync(file, 'utf8'), 'log of a stream'))];
      const told = await toldByApi(server);
      for (const [where, said] of [
        ['logs', all.join('\n')],
        ['API', told],
      ] as const) {
        for (const secret of [SECRET, server.apiKey, sipPassword(server)]) {
          const at = said.indexOf(secret);
          if (at >= 0) wrong.push(`a secret in the ${where}: ${JSON.stringify(said.slice(Math.max(0, at - 120), at + 30))}`);
        }
      }
      checkNone(wrong, 'logs');
      const longest = Math.max(...all.flatMap((page) => page.split('\n').map((line) => line.length)));
      return `${words.length} texts in 12 places, ${text.split('\n').length} lines of JSON, the longest ${longest} characters; no secret in logs, API and metrics`;
    } finally {
      device.close();
      await encoder.stop('SIGKILL');
      await server.stop();
    }
  },
};
