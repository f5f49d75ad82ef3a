import type { Page } from 'playwright-core';
import { startBrowser } from '../../e2e/support/browser.js';
import type { Fresh, ScorecardTest } from '../types.js';
import { check, checkNone, pause } from './support/check.js';
import { publishing } from './support/publish.js';
import { rawHttp } from './support/raw-http.js';
import { SipDevice, sipPassword } from './support/sip.js';

const MARKUP: readonly string[] = [
  '<img src=x onerror=alert(1)>',
  '"><script>alert(1)</script>',
  "'><svg/onload=alert(1)>",
  'javascript:alert(1)',
  '</title><script>alert(1)</script>',
  '<iframe srcdoc="<script>parent.alert(1)</script>">',
  '{{constructor.constructor("alert(1)")()}}',
  '\u0024{alert(1)}',
  '<a href="javascript:alert(1)">x</a>',
  '<math><mi//xlink:href="data:x,<script>alert(1)</script>">',
  '//evil.example/x',
  '\\\\evil.example\\x',
  'http://evil.example/x',
  'data:text/html,<script>alert(1)</script>',
  '../../api/v1/server?x=',
  '\u202e<script>alert(1)</script>',
];
const DEVICE = '34020000001320000077';

/** Headers of every page. */
async function checkHeaders(server: Fresh): Promise<void> {
  const wrong: string[] = [];
  for (const target of [
    '/player',
    '/player?stream=live/x',
    '/docs',
    '/healthz',
    '/api/v1/streams',
    '/live/x.flv',
    '/nothing',
    '/player/assets/none',
    '/%ff',
    '/metrics',
  ]) {
    const { headers, status } = await rawHttp(server, target);
    if (headers.get('x-content-type-options') !== 'nosniff') wrong.push(`${target} without nosniff`);
    const policy = headers.get('content-security-policy') ?? '';
    if (status !== 200 || !(headers.get('content-type') ?? '').startsWith('text/html')) continue;
    if (!policy.includes("default-src 'self'")) wrong.push(`${target} with the policy ${JSON.stringify(policy)}`);
    if (/unsafe-eval|\*|https?:|(default|script|style)-src [^;]*unsafe-inline/.test(policy)) wrong.push(`${target} lets in too much: ${policy}`);
  }
  const evil = { origin: 'https://evil.example', authorization: `Bearer ${server.apiKey}` };
  const cors = await rawHttp(server, '/api/v1/streams', { headers: evil });
  if (cors.headers.has('access-control-allow-origin')) wrong.push('the API is open to other origins');
  const jsonp = await rawHttp(server, '/api/v1/streams?callback=alert', { headers: evil });
  if (/^\s*alert\(/.test(jsonp.body)) wrong.push('JSONP');
  const reflected = await rawHttp(server, `/${encodeURIComponent(MARKUP[0] ?? '')}.html`);
  if ((reflected.headers.get('content-type') ?? '').includes('html')) wrong.push('an error is a page');
  checkNone(wrong, 'headers');
}

/** Names that devices, publishers and viewers give themselves. */
async function nameAll(server: Fresh): Promise<() => Promise<void>> {
  const query = `?${MARKUP.map((text, index) => `m${index}=${encodeURIComponent(text)}`).join('&')}`;
  const encoder = await publishing(server, 'live/markup', query);
  const device = await SipDevice.open(server);
  device.onRequest = (request) => {
    device.answer(request, 200, 'OK');
    if (!/<CmdType>Catalog/.test(request.text)) return;
    const sn = /<SN>(\d+)/.exec(request.text)?.[1] ?? '1';
    const item = MARKUP.map(
      (text, index) =>
        `<Item><DeviceID>340200000013200001${String(index).padStart(2, '0')}</DeviceID><Name><![CDATA[${text}]]></Name><Manufacturer><![CDATA[${text}]]></Manufacturer></Item>`,
    ).join('');
    const body = `<?xml version="1.0"?><Response><CmdType>Catalog</CmdType><SN>${sn}</SN><DeviceID>${DEVICE}</DeviceID><SumNum>${MARKUP.length}</SumNum><DeviceList Num="${MARKUP.length}">${item}</DeviceList></Response>`;
    device.send(device.build({ method: 'MESSAGE', user: DEVICE, headers: ['Content-Type: Application/MANSCDP+xml'], body }));
  };
  await device.register(DEVICE, sipPassword(server), { userAgent: MARKUP[1] ?? '' });
  return async () => {
    await encoder.stop('SIGKILL');
    await device.register(DEVICE, sipPassword(server), { expires: 0 });
    device.close();
  };
}

/** Opens a page; answers dialogs, reports of the policy, and what went out to others. */
async function watchPage(page: Page, url: string, own: string): Promise<string[]> {
  const mishaps: string[] = [];
  page.on('dialog', (dialog) => {
    mishaps.push(`dialog ${dialog.message()}`);
    void dialog.dismiss();
  });
  page.on('console', (message) => {
    if (/content security policy/i.test(message.text())) mishaps.push(message.text().slice(0, 200));
  });
  page.on('request', (request) => {
    const { protocol, host } = new URL(request.url());
    if (protocol !== 'blob:' && protocol !== 'data:' && host !== own) mishaps.push(`request to ${request.url().slice(0, 100)}`);
  });
  await page.goto(url, { waitUntil: 'load' });
  await pause(1200);
  return mishaps.map((mishap) => `${url.slice(0, 90)}: ${mishap}`);
}

/** S6: markup where names are. */
export const markup: ScorecardTest = {
  id: 'S6',
  title: 'Names with markup in every page, and the headers that keep scripts out',
  programs: ['chromium', 'ffmpeg'],
  async run(site) {
    const server = await site.startFresh();
    await checkHeaders(server);
    const unname = await nameAll(server);
    const browser = await startBrowser();
    const own = `127.0.0.1:${server.ports.http}`;
    const names = MARKUP.filter((_name, index) => index % site.choose(5, 1, 1) === 0);
    const key = `#key=${server.apiKey}`;
    const urls = [
      `/player${key}`,
      `/player?stream=live/markup${key}`,
      '/docs',
      ...names.map((name) => `/player?stream=${encodeURIComponent(name)}`),
      `/player${key}${encodeURIComponent(names[0] ?? '')}`,
      `/player?stream=live/x&token=${encodeURIComponent(names[1] ?? '')}`,
    ];
    const mishaps: string[] = [];
    try {
      for (const url of urls) {
        const page = await browser.context.newPage();
        mishaps.push(...(await watchPage(page, `http://${own}${url}`, own)));
        const scripts = await page.evaluate<number>("document.querySelectorAll('script:not([src]), img[onerror], svg[onload], iframe').length");
        if (scripts > 0 && !url.startsWith('/docs')) mishaps.push(`${url}: ${scripts} elements that nobody wrote`);
        await page.close();
      }
      checkNone(mishaps, 'dialogs, reports and requests');
      const { body } = await server.api<{ items: { path: string }[] }>('/streams');
      check(
        body.items.some(({ path }) => path === 'live/markup'),
        () => 'the stream with markup is not there',
      );
      return `${urls.length} pages: 0 dialogs, 0 reports of the policy, 0 requests to others; headers present`;
    } finally {
      await browser.close();
      await unname();
      await server.stop();
    }
  },
};
