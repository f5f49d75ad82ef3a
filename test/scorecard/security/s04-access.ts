import { createHmac } from 'node:crypto';
import { rtspBytes } from '../../e2e/support/rtsp-bytes.js';
import type { Fresh, ScorecardTest } from '../types.js';
import { checkNone, each } from './support/check.js';
import { rawHttp, rawUpgrade } from './support/raw-http.js';
import { askRtmp } from './support/rtmp.js';

const SIGNING = 'what URLs are signed with here';
const REFERENCE_TOKEN = 'the-token-of-the-reference';
const PAST = '2020-01-01T00:00:00Z';
const tokens = [
  { id: 'reference', token: REFERENCE_TOKEN, actions: ['publish', 'play'], paths: ['**'] },
  { id: 'old', token: 'an-old-token', actions: ['publish', 'play'], paths: ['**'], expiresAt: PAST },
  { id: 'other', token: 'a-token-for-elsewhere', actions: ['publish', 'play'], paths: ['elsewhere/**'] },
];
const keys = [
  { id: 'old', key: 'an-old-key', role: 'admin', expiresAt: PAST },
  { id: 'reader', key: 'a-read-key', role: 'read' },
];
const SETTINGS = [
  'auth.publish=token',
  'auth.play=token',
  `auth.signing.secret=${SIGNING}`,
  `auth.tokens=${JSON.stringify(tokens)}`,
  `auth.users=${JSON.stringify([{ name: 'bob', password: 'words of bob', actions: ['play'], paths: ['elsewhere/**'] }])}`,
  `api.keys=${JSON.stringify(keys)}`,
];

/** What needs no key. A route that is in neither list nor in the OpenAPI document fails this row: somebody has to decide. */
const PUBLIC = [
  'GET /',
  'GET /healthz',
  'GET /readyz',
  'GET /player',
  'GET /docs',
  'GET /docs/json',
  'GET /docs/yaml',
  'GET /docs/static/swagger-ui.css',
  'GET /api/v1/openapi.json',
];
/** Guarded, and not in the document. */
const HIDDEN = [
  'GET /metrics',
  'GET /api/v1/nothing',
  'POST /api/v1/nothing',
  'GET /api/v1/',
  'GET /api/v1//streams',
  'GET /API/v1/streams',
  'GET /api/v1/streams/',
  'GET /api/v1/%73treams',
];
/** Calls of the document that were decided upon, by the first part of their path. */
const DECIDED =
  /^\/api\/v1\/(server|plugins|config|streams|sessions|gb28181|pulls|pushes|auth|events|create_pullChannel|start_pullChannel|delete_pullChannel|get_pushChannels|timestamps|webhooks)(\/|$)/;

const forged = {
  'x-forwarded-for': '127.0.0.1',
  'x-real-ip': '127.0.0.1',
  forwarded: 'for=127.0.0.1;host=localhost',
  'x-client-ip': '127.0.0.1',
  'true-client-ip': '127.0.0.1',
};
type Headers = Readonly<Record<string, string>>;
/** Who asks, by headers; `rank` 403: known, and may not. */
const ASKERS: Readonly<Record<string, Headers>> = {
  nobody: {},
  'a wrong key': { authorization: 'Bearer wrong' },
  'an empty key': { authorization: 'Bearer ' },
  'an expired key': { authorization: 'Bearer an-old-key' },
  'a token of streams': { authorization: `Bearer ${REFERENCE_TOKEN}` },
  'Basic admin': { authorization: `Basic ${Buffer.from('admin:admin').toString('base64')}` },
  'a user of streams': { authorization: `Basic ${Buffer.from('bob:words of bob').toString('base64')}` },
  'forged headers': forged,
  'Host: localhost': { host: 'localhost' },
  'Host: 127.0.0.1': { host: '127.0.0.1', origin: 'http://localhost' },
  'another method by header': { 'x-http-method-override': 'GET', 'x-original-url': '/healthz', 'x-rewrite-url': '/healthz' },
};

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** Every call of the document, with something put in for parameters. */
async function documented(server: Fresh): Promise<string[]> {
  const document = (await (await server.http('/api/v1/openapi.json', { headers: { authorization: '' } })).json()) as Document;
  return Object.entries(document.paths).flatMap(([path, calls]) => Object.keys(calls).map((method) => `${method.toUpperCase()} ${path}`));
}

async function askRoutes(server: Fresh, routes: readonly string[]): Promise<string[]> {
  const wrong: string[] = [];
  const asked = routes.flatMap((route) => Object.entries(ASKERS).map(([who, headers]) => ({ route, who, headers })));
  await each(asked, 2, async ({ route, who, headers }) => {
    const [method = '', pattern = ''] = route.split(' ');
    const target = pattern.replace(/\{path\}/g, server.ports.http === 0 ? '' : 'live/x').replace(/\{\w+\}/g, 'x');
    const { status } = await rawHttp(server, target, {
      method,
      headers: { 'content-type': 'application/json', ...headers },
      ...(method === 'GET' ? {} : { body: '{}' }),
    });
    // A path that is none of ours may also be nothing at all.
    const fine = HIDDEN.includes(route) ? [401, 403, 404, 400] : [401, 403];
    if (!fine.includes(status)) wrong.push(`${route} for ${who} got ${status}`);
  });
  const acting = routes.filter((route) => !route.startsWith('GET') && DECIDED.test(route.split(' ')[1] ?? ''));
  await each(acting, 2, async (route) => {
    const [method = '', pattern = ''] = route.split(' ');
    const { status } = await rawHttp(server, pattern.replace(/\{\w+\}/g, 'x'), {
      method,
      headers: { authorization: 'Bearer a-read-key', 'content-type': 'application/json' },
      body: '{}',
    });
    if (status !== 403) wrong.push(`${route} for a key that reads got ${status}`);
  });
  return wrong;
}

/** Signed URLs that are not right: over, of another action, of another path, cut. */
function signed(action: string, path: string, inSeconds: number): string {
  const exp = Math.floor(Date.now() / 1000) + inSeconds;
  return `exp=${exp}&sig=${createHmac('sha256', SIGNING).update(`${action}\n${path}\n${exp}`).digest('hex')}`;
}
const queries = (action: string, path: string): Readonly<Record<string, string>> => ({
  nobody: '',
  'a wrong token': 'token=wrong',
  'an empty token': 'token=',
  'an expired token': 'token=an-old-token',
  "another's token": 'token=a-token-for-elsewhere',
  'a key of the API': 'token=a-read-key',
  'an expired signature': signed(action, path, -5),
  'a signature of another action': signed(action === 'play' ? 'publish' : 'play', path, 60),
  'a signature of another path': signed(action, 'elsewhere/x', 60),
  'half a signature': signed(action, path, 60).slice(0, -1),
  'a signature that never ends': signed(action, path, 60).replace(/exp=\d+/, 'exp=99999999999'),
});

async function askStreams(server: Fresh, path: string): Promise<string[]> {
  const wrong: string[] = [];
  const note = (what: string, who: string, got: unknown, fine: boolean): void => {
    if (!fine) wrong.push(`${what} for ${who} got ${got}`);
  };
  const denied = (status: number | undefined): boolean => status === 401 || status === 403;
  const play = Object.entries(queries('play', path));
  await each(play, 2, async ([who, query]) => {
    for (const suffix of ['flv', 'm3u8', 'ts', 'm4s']) {
      for (const headers of [{}, forged, { host: 'localhost' }, { authorization: 'Bearer wrong' }]) {
        const { status } = await rawHttp(server, `/${path}.${suffix}?${query}`, { headers });
        note(`${suffix} ${Object.keys(headers)}`, who, status, denied(status) || (status === 404 && (suffix === 'ts' || suffix === 'm4s')));
      }
    }
    for (const prefix of ['flv', 'hls']) {
      const token = new URLSearchParams(query).get('token') ?? '';
      if (token === '') continue;
      const { status } = await rawHttp(server, `/${prefix}/${encodeURIComponent(path)}/${token}`);
      note(`/${prefix}/`, who, status, denied(status));
    }
    const upgraded = await rawUpgrade(server, `/${path}.flv?${query}`, forged);
    note('ws', who, upgraded.status, denied(upgraded.status));
    const viewer = await askRtmp(server, { action: 'play', app: 'live', name: `${path.replace('live/', '')}?${query}` });
    note('RTMP play', who, viewer.answer, !viewer.letIn && viewer.answer !== 'no answer');
    const rtsp = rtspBytes(server.ports.rtsp);
    const described = await rtsp.ask('DESCRIBE', `rtsp://localhost/${path}?${query}`, { Accept: 'application/sdp' });
    note('RTSP DESCRIBE', who, described?.status, denied(described?.status));
    const setUp = await rtsp.ask('SETUP', `rtsp://localhost/${path}/trackID=0?${query}`, { Transport: 'RTP/AVP/TCP;unicast;interleaved=0-1' });
    note('RTSP SETUP', who, setUp?.status, (setUp?.status ?? 400) >= 400);
    const played = await rtsp.ask('PLAY', `rtsp://localhost/${path}?${query}`, { Session: '00000001' });
    note('RTSP PLAY', who, played?.status, (played?.status ?? 400) >= 400);
    rtsp.close();
  });
  const sdp = 'v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n';
  await each(Object.entries(queries('publish', 'live/intruder')), 2, async ([who, query]) => {
    const publisher = await askRtmp(server, { action: 'publish', app: 'live', name: `intruder?${query}` });
    note('RTMP publish', who, publisher.answer, !publisher.letIn && publisher.answer !== 'no answer');
    const rtsp = rtspBytes(server.ports.rtsp);
    const announced = await rtsp.ask('ANNOUNCE', `rtsp://localhost/live/intruder?${query}`, { 'Content-Type': 'application/sdp' }, sdp);
    note('RTSP ANNOUNCE', who, announced?.status, denied(announced?.status));
    const recorded = await rtsp.ask('RECORD', `rtsp://localhost/live/intruder?${query}`, { Session: '00000001' });
    note('RTSP RECORD', who, recorded?.status, (recorded?.status ?? 400) >= 400);
    rtsp.close();
  });
  return wrong;
}

/** S4: whoever may not. */
export const access: ScorecardTest = {
  id: 'S4',
  title: 'Every route and stream action without, with wrong, expired and foreign credentials',
  settings: SETTINGS,
  referenceQuery: `token=${REFERENCE_TOKEN}`,
  async run(site) {
    const calls = await documented(site);
    const undecided = calls.filter((call) => !PUBLIC.includes(call) && !DECIDED.test(call.split(' ')[1] ?? ''));
    checkNone(undecided, 'routes that nobody decided upon');
    const guarded = [...calls.filter((call) => !PUBLIC.includes(call)), ...HIDDEN];
    const routes = guarded.filter((_route, index) => index % site.choose(4, 1, 1) === 0);
    const closed: string[] = [];
    for (const route of PUBLIC) {
      const { status } = await rawHttp(site, route.slice(4));
      if (status >= 400) closed.push(`${route} got ${status}`);
    }
    checkNone(closed, 'what is for everybody');
    checkNone(await askRoutes(site, routes), 'not refused by 401 or 403');
    // Whether the stream is there is nobody's business who may not see it.
    checkNone([...(await askStreams(site, site.reference)), ...(await askStreams(site, 'live/missing'))], 'not refused');
    return `${routes.length} routes × ${Object.keys(ASKERS).length} askers, 9 stream actions × ${Object.keys(queries('play', 'x')).length} credentials: all refused`;
  },
};
