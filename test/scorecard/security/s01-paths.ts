import { mkdirSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { rtspBytes } from '../../e2e/support/rtsp-bytes.js';
import type { Fresh, ScorecardTest } from '../types.js';
import { check, checkNone, each, pause } from './support/check.js';
import { inUrl, PATH_TRICKS } from './support/path-tricks.js';
import { publishFlv } from './support/publish.js';
import { rawHttp } from './support/raw-http.js';
import { askRtmp } from './support/rtmp.js';
import { SipDevice, sipPassword } from './support/sip.js';
import { openedFiles, trace } from './support/trace.js';

/** Everything that writes or reads files by name does. */
const SETTINGS = ['rtp-ps.record=["**"]', 'rtp-ps.unknownSsrc=adopt', 'hls.storage=disk', 'hls.alwaysOn=["**"]', 'gb28181.trace=true'];
const SDP = 'v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n';

/** What is asked of each name, and how: answers a status. */
type Ask = (server: Fresh, name: string) => Promise<number>;

const status = (server: Fresh, target: string, method = 'GET', body?: string): Promise<number> => {
  const headers = { authorization: `Bearer ${server.apiKey}`, ...(body === undefined ? {} : { 'content-type': 'application/json' }) };
  return rawHttp(server, target, { method, headers, ...(body === undefined ? {} : { body }) }).then((answer) => answer.status);
};
/** The worst of what a name got: anything but 4xx. */
const worst = async (answers: readonly Promise<number>[]): Promise<number> => (await Promise.all(answers)).find((code) => code < 400 || code > 499) ?? 400;
const overUrls =
  (urls: (name: string) => readonly string[], method = 'GET'): Ask =>
  (server, name) =>
    worst(
      inUrl(name)
        .flatMap(urls)
        .map((target) => status(server, target, method)),
    );
const asBody =
  (target: string, body: (name: string) => object): Ask =>
  (server, name) =>
    status(server, target, 'POST', JSON.stringify(body(name)));

const overRtsp =
  (method: string): Ask =>
  async (server, name) => {
    const client = rtspBytes(server.ports.rtsp);
    const [url = ''] = inUrl(name);
    const publishes = method === 'ANNOUNCE';
    const answer = await client.ask(method, `rtsp://127.0.0.1/live/${url}`, publishes ? { 'Content-Type': 'application/sdp' } : {}, publishes ? SDP : '');
    client.close();
    // Cut: it was no request that could be answered.
    return answer?.status ?? 400;
  };
const overRtmp =
  (request: (name: string) => { readonly app: string; readonly name: string }, action: 'publish' | 'play'): Ask =>
  async (server, name) => {
    const { letIn, answer } = await askRtmp(server, { action, ...request(name) });
    return letIn || answer === 'no answer' ? 200 : 400;
  };
const overSip =
  (method: string, device: SipDevice): Ask =>
  async (server, name) => {
    const user = name.replace(/[\r\n]/g, '\u000b');
    const answer = method === 'REGISTER' ? await device.register(user, sipPassword(server)) : await device.ask({ method, user }, 1000);
    // Dropped: a stranger whose message cannot be understood is not answered.
    return answer?.status ?? 400;
  };

const WAYS: Readonly<Record<string, Ask>> = {
  'FLV and HLS URLs': overUrls((name) => [`/live/${name}.flv`, `/${name}/x.flv`, `/live/${name}.m3u8`, `/live/${name}.ts`, `/live/${name}.m4s`]),
  'token URLs': overUrls((name) => [`/flv/${name}/token`, `/hls/${name}/token`]),
  'API streams': overUrls((name) => [`/api/v1/streams/live/${name}`, `/api/v1/streams/${name}/snapshot.jpg`, `/api/v1/timestamps/live/${name}`]),
  'API deletes': overUrls((name) => [`/api/v1/streams/live/${name}`, `/api/v1/sessions/${name}`, `/api/v1/auth/tokens/${name}`], 'DELETE'),
  'API devices': overUrls((name) => [`/api/v1/gb28181/devices/${name}/channels`, `/api/v1/gb28181/playbacks/${name}`, `/api/v1/pulls/${name}`]),
  'API play': overUrls((name) => [`/api/v1/gb28181/channels/${name}/play`, `/api/v1/gb28181/channels/${name}/playback`], 'POST'),
  'page assets': overUrls((name) => [`/player/assets/${name}x`, `/docs/static/${name}x`]),
  'API pulls': asBody('/api/v1/pulls', (name) => ({ path: `live/${name}`, url: 'rtmp://192.0.2.1/live/x' })),
  'API pushes': asBody('/api/v1/pushes', (name) => ({ path: `live/${name}`, url: 'rtmp://192.0.2.1/live/x' })),
  'cc interface': asBody('/api/v1/create_pullChannel', (name) => ({ streamId: name, transport: 'udp', port: 'single' })),
  'RTMP app': overRtmp((name) => ({ app: name, name: 'x' }), 'publish'),
  'RTMP stream': overRtmp((name) => ({ app: 'live', name }), 'publish'),
  'RTMP play': overRtmp((name) => ({ app: 'live', name }), 'play'),
  'RTSP publish': overRtsp('ANNOUNCE'),
  'RTSP play': overRtsp('DESCRIBE'),
};

/** A query, or slashes around a path, which many encoders write. */
const OUTER = /\?|^\/+(?!\.)|^[\w~-]+\/$/;
/** What is something else there, such as a user with a password. */
const FINE: Readonly<Record<string, RegExp>> = {
  'RTMP app': OUTER,
  'RTMP stream': OUTER,
  'RTMP play': OUTER,
  'RTSP publish': OUTER,
  'RTSP play': OUTER,
  'SIP device id': /^[\w-]+:/,
};

/** Links that lead out of the data folder, where names would have their files: they are not followed. */
async function followLinks(server: Fresh, outside: string): Promise<void> {
  for (const folder of ['logs', 'rtp']) {
    mkdirSync(join(server.data, folder), { recursive: true });
    symlinkSync(outside, join(server.data, folder, 'linked'));
  }
  await publishFlv(server, 'linked/stream', 6);
  await pause(1500);
  checkNone(
    readdirSync(outside).filter((name) => name !== 'canary'),
    'written through a link',
  );
}

/** What a server may open: its data, the code it runs, and what the system gives every process. */
function isOwnFile(path: string, data: string): boolean {
  return (
    path.startsWith(`${data}/`) ||
    path === data ||
    /^\/(proc|sys|dev)\/|^\/etc\/(resolv\.conf|hosts|nsswitch\.conf|host\.conf|gai\.conf|ld\.so\.|ssl\/|localtime|services)/.test(path) ||
    /\.(js|mjs|cjs|json|node|so(\.\d+)*|wasm)$|package\.json$|^\/(usr|lib)/.test(path)
  );
}

/** Asks every way for every name; answers how many were asked, and throws where one was not refused. */
async function askAll(server: Fresh, tricks: readonly string[], atATime: number): Promise<number> {
  const device = await SipDevice.open(server);
  const ways = { ...WAYS, 'SIP device id': overSip('REGISTER', device), 'SIP message': overSip('MESSAGE', device) };
  const wrong: string[] = [];
  let asked = 0;
  for (const [way, ask] of Object.entries(ways)) {
    const names = tricks.filter((name) => FINE[way]?.test(name) !== true);
    await each(names, atATime, async (name) => {
      asked++;
      const code = await ask(server, name);
      if (code < 400 || code > 499) wrong.push(`${way} ${JSON.stringify(name).slice(0, 60)} got ${code}`);
    });
  }
  device.close();
  checkNone(wrong, `of ${asked}, not refused by 4xx`);
  return asked;
}

/** The same with a witness of every file that is opened. */
async function witness(server: Fresh, tricks: readonly string[]): Promise<void> {
  const data = realpathSync(server.data);
  const outside = mkdtempSync(join(tmpdir(), 'sluice-outside-'));
  writeFileSync(join(outside, 'canary'), 'canary');
  const neighbours = (): string[] => readdirSync(join(data, '..')).filter((name) => name === 'canary' || join(data, '..', name).startsWith(`${data}.`));
  const calls = await trace(server.pid, '%file');
  try {
    await askAll(server, tricks, 4);
    await followLinks(server, outside);
    const opened = openedFiles(await calls.stop());
    const strange = opened.filter((path) => path.startsWith('/') && !isOwnFile(path, data));
    checkNone([...new Set(strange)], 'files outside that were opened');
    check(
      opened.some((path) => path.startsWith(data)),
      () => 'strace saw no file opened: it proves nothing',
    );
    checkNone(neighbours(), 'files beside the data folder');
    check(readFileSync(join(outside, 'canary'), 'utf8') === 'canary', () => 'the canary was changed');
  } finally {
    await calls.stop();
    rmSync(outside, { recursive: true, force: true });
  }
}

/** S1: names that could lead out of a folder. */
export const paths: ScorecardTest = {
  id: 'S1',
  title: 'Path tricks in every place that takes a name',
  programs: ['strace', 'ffmpeg'],
  settings: SETTINGS,
  async run(site) {
    const chosen = (nth: number): string[] => PATH_TRICKS.filter((_name, index) => index % nth === 0);
    const asked = await askAll(site, chosen(site.choose(4, 1, 1)), 4);
    const server = await site.startFresh(SETTINGS);
    await witness(server, chosen(site.choose(10, 4, 1)));
    await server.stop();
    return `${PATH_TRICKS.length} names in ${Object.keys(WAYS).length + 2} places: ${asked} refused, 0 files outside`;
  },
};
