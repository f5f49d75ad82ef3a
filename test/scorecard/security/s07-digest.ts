import type { ScorecardTest, Site } from '../types.js';
import { check, checkNone } from './support/check.js';
import { digestHeader } from './support/digest.js';
import { DOMAIN, nonceOf, PLATFORM, SipDevice, sipPassword } from './support/sip.js';

const DEVICE = '34020000001320000201';
const URI = `sip:${PLATFORM}@${DOMAIN}`;
const GROWTH = 15e6;
/** Answers that let nobody in; no answer does not either. */
const REFUSED = new Set([400, 401, 403, 503]);

const register = (device: SipDevice, headers: readonly string[], user = DEVICE): Promise<number> =>
  device.ask({ method: 'REGISTER', user, headers: ['Expires: 3600', ...headers] }, 2500).then((answer) => answer?.status ?? 0);
async function fresh(device: SipDevice, user = DEVICE): Promise<string> {
  const answer = await device.ask({ method: 'REGISTER', user, headers: ['Expires: 3600'] });
  return answer === undefined ? '' : nonceOf(answer);
}

/** Credentials that prove nothing, each from a nonce of its own. */
async function forgeries(site: Site, device: SipDevice, password: string): Promise<string[]> {
  const facts = { username: DEVICE, realm: DOMAIN, password, method: 'REGISTER', uri: URI };
  const used = await fresh(device);
  const replayed = `Authorization: ${digestHeader({ ...facts, nonce: used })}`;
  const first = await register(device, [replayed]);
  check(first === 200, () => `the right password got ${first}`);
  const counted = await fresh(device);
  const withCount = (nc: string): string => `Authorization: ${digestHeader({ ...facts, nonce: counted, nc })}`;
  const counts = [
    await register(device, [withCount('00000002')]),
    await register(device, [withCount('00000002')]),
    await register(device, [withCount('00000001')]),
  ];
  const elsewhere = await SipDevice.open(site, '127.0.0.9');
  const foreign = await fresh(elsewhere);
  elsewhere.close();
  const header = async (change: Partial<Parameters<typeof digestHeader>[0]>, more = ''): Promise<string> =>
    `Authorization: ${digestHeader({ ...facts, nonce: await fresh(device), ...change }, more)}`;
  const cases: Readonly<Record<string, string>> = {
    'a replayed nonce': replayed,
    'a nonce of nobody': await header({ nonce: '0123456789abcdef0123456789abcdef' }),
    'an empty nonce': await header({ nonce: '' }),
    'a nonce of 10 kB': await header({ nonce: 'a'.repeat(10_000) }),
    'a nonce for another address': await header({ nonce: foreign }),
    'another realm': await header({ realm: 'elsewhere' }),
    'an empty realm': await header({ realm: '' }),
    'another password': await header({ password: 'wrong' }),
    'an empty password': await header({ password: '' }),
    'another method': await header({ method: 'MESSAGE' }),
    'an algorithm that is none': (await header({})).replace('algorithm=MD5', 'algorithm=NONE'),
    'no response': (await header({})).replace(/response="[^"]*"/, 'response=""'),
    'half a response': (await header({})).replace(/response="(.{16})[^"]*"/, 'response="$1"'),
    'no digest': 'Authorization: Basic YWRtaW46YWRtaW4=',
    'a broken header': 'Authorization: Digest username="',
    'a header of 8 kB': `Authorization: Digest ${'a="b",'.repeat(1300)}`,
  };
  const wrong: string[] = [];
  for (const [what, given] of Object.entries(cases)) {
    const status = await register(device, [given]);
    if (status !== 0 && !REFUSED.has(status)) wrong.push(`${what} got ${status}`);
  }
  if (counts[0] !== 200 || !REFUSED.has(counts[1] ?? 200) || !REFUSED.has(counts[2] ?? 200)) wrong.push(`counts 2, 2, 1 got ${counts}`);
  return wrong;
}

/** Guesses as fast as it goes, from one address; answers how many were looked at. */
async function bruteForce(site: Site, guesses: number): Promise<{ readonly lookedAt: number; readonly ms: number }> {
  const device = await SipDevice.open(site, '127.0.0.8');
  const user = '34020000001320000202';
  const startedMs = performance.now();
  let nonce = await fresh(device, user);
  let lookedAt = 0;
  for (let sent = 0; sent < guesses; sent += 20) {
    const burst = Array.from({ length: 20 }, (_, index) => device.authorization(user, `guess-${sent + index}`, nonce));
    const answers = await Promise.all(burst.map((header) => device.ask({ method: 'REGISTER', user, headers: ['Expires: 3600', header] }, 1500)));
    check(!answers.some((answer) => answer?.status === 200), () => 'a guess was let in');
    lookedAt += answers.filter((answer) => answer?.status === 401).length;
    nonce = nonceOf(answers.find((answer) => answer?.status === 401) ?? { status: 0, method: '', text: '', bytes: 0 }) || nonce;
  }
  device.close();
  return { lookedAt, ms: performance.now() - startedMs };
}

/** S7: digests that prove nothing. */
export const digests: ScorecardTest = {
  id: 'S7',
  title: 'SIP digest: replayed, foreign, miscounted, guessed',
  async run(site) {
    const password = sipPassword(site);
    const device = await SipDevice.open(site, '127.0.0.7');
    checkNone(await forgeries(site, device, password), 'not refused');
    const before = site.usage().rssBytes;
    const guesses = site.choose(400, 2000, 10_000);
    const { ms } = await bruteForce(site, guesses);
    const grown = site.usage().rssBytes - before;
    check(grown <= GROWTH, () => `${guesses} guesses cost ${Math.round(grown / 1e6)} MB`);
    // The device that is known is not locked out by whoever guesses elsewhere.
    const again = await device.register(DEVICE, password);
    check(again?.status === 200, () => `the real device got ${again?.status}`);
    const wrongUsers = await site.counters();
    const failures = [...wrongUsers].filter(([name]) => name.startsWith('sluice_errors_total')).reduce((sum, [, value]) => sum + value, 0);
    await device.register(DEVICE, password, { expires: 0 });
    device.close();
    return `16 forgeries refused; ${guesses} guesses in ${Math.round(ms / 1000)} s, ${Math.round(grown / 1e5) / 10} MB; ${failures} counted`;
  },
};
