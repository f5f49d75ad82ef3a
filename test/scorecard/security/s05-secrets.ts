import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from '../../e2e/support/paths.js';
import { start } from '../../e2e/support/programs.js';
import type { Fresh, ScorecardTest } from '../types.js';
import { check, checkNone, each } from './support/check.js';

const SECRET_FILES = ['api-key', 'gb28181-password'];
const KNOWN = ['', ' ', 'admin', 'password', '12345678', 'changeme', 'secret', '035c73f7-bb6b-4889-a715-d9eb2d1925cc', 'ADMIN', '000000', 'sluice'];

/** Every setting that is a secret, with a value put in. */
const places = (value: string): readonly string[][] => {
  const quoted = JSON.stringify(value);
  return [
    [`api.key=${quoted}`],
    [`api.keys=[{ id: a, key: ${quoted}, role: admin }]`],
    [`gb28181.sip.password=${quoted}`],
    [`gb28181.devices=[{ id: '34020000001320000001', password: ${quoted} }]`],
    ['auth.play=token', `auth.tokens=[{ id: a, token: ${quoted}, actions: [play], paths: ['**'] }]`],
    ['auth.play=token', `auth.users=[{ name: a, password: ${quoted}, actions: [play], paths: ['**'] }]`],
    ['auth.play=token', `auth.signing.secret=${quoted}`],
    ['auth.play=jwt', `auth.jwt={ secret: ${quoted}, algorithms: [HS256] }`],
  ];
};

/** Starts a server that is not to start; answers what is wrong with how it refused. */
async function refuses(settings: readonly string[], host: string): Promise<string[]> {
  const data = mkdtempSync(join(tmpdir(), 'sluice-refused-'));
  const free = ['http.port=0', 'rtmp.port=0', 'rtsp.port=0', 'rtsp.udpPort=0', 'gb28181.sip.port=0', 'rtp-ps.port=0', `engine.host=${host}`];
  const args = [join(root, 'core/bin/sluice.js'), 'start', 'all-in-one', '--data', data, ...[...free, ...settings].flatMap((setting) => ['--set', setting])];
  const program = start(process.execPath, args, { timeoutMs: 30_000, cwd: data });
  const runs = program.wrote(/\/docs/).then(
    () => true,
    () => false,
  );
  const { code } = await Promise.race([program.ended, runs.then((is) => (is ? program.stop('SIGKILL') : program.ended))]);
  rmSync(data, { recursive: true, force: true });
  const what = `${settings.join(' ')} on ${host}`;
  if (code !== 2) return [`${what} ended with ${code}`];
  return /(known|knows|secret|password|key|empty|characters|small|>=1)/i.test(program.output()) ? [] : [`${what} did not say why`];
}

const secretsOf = (server: Fresh): string[] => SECRET_FILES.map((name) => readFileSync(join(server.data, 'secrets', name), 'utf8').trim());

/** Two installs have nothing in common, keep their secrets to themselves, and show them once. */
async function compareInstalls(one: Fresh, other: Fresh): Promise<void> {
  const [first, second] = [secretsOf(one), secretsOf(other)];
  for (const [index, name] of SECRET_FILES.entries()) {
    check(first[index] !== second[index], () => `two installs have the same ${name}`);
    check((first[index]?.length ?? 0) >= 12, () => `${name} has ${first[index]?.length} characters`);
    const mode = statSync(join(one.data, 'secrets', name)).mode & 0o777;
    check(mode === 0o600, () => `${name} has the mode ${mode.toString(8)}`);
    check(one.log().split(first[index] ?? '').length - 1 >= 1, () => `${name} was not shown by the first start`);
  }
}

const WRITTEN = /\.(ts|js|mjs|cjs|json|ya?ml|md|html|xml|sh|conf|env|example|toml)$|Dockerfile|docker-compose/i;
const SKIPPED = /node_modules|\/test\/|\/tests\/|\/fixtures\/|\.map$|\.d\.ts$|package-lock|known-secrets|tsbuildinfo|dist\/web\/|CHANGELOG/;
/** Values of settings that are secrets; `…`, `<…>`, capitals and templates are places to fill in. */
const ASSIGNED = /(?:^|[\s"'`{,(.])(?:api[_-]?key|key|password|passwd|secret|token)["'`]?\s*[:=]\s*["'`]([^"'`\s${}<>*…|()]{6,})["'`]/gi;
const PLACEHOLDER =
  /^[A-Z0-9_-]+$|^(string|secret|password|token|key|random|api-key|whsec_|hidden|bearer|authorization)|…|\.\.\.|^[a-z-]+$|^[\w-]+(\.[\w-]+)+$/i;
const CERTAIN = [
  /-----BEGIN [A-Z ]*PRIVATE KEY-----\s+[A-Za-z0-9+/]{20}/,
  /035c73f7-bb6b-4889-a715-d9eb2d1925cc/,
  /q191201771/,
  /\bAKIA[0-9A-Z]{16}\b/,
  /\bghp_[A-Za-z0-9]{30}/,
  /\bwhsec_[A-Za-z0-9+/=]{24,}/,
];

/** Everything that is published or shown as an example: the packages' code, their pages, samples. */
function shipped(): string[] {
  const folders = ['core', 'docs', 'examples', 'presets', 'plugins', 'scripts'].map((name) => join(root, name)).filter(existsSync);
  const files = folders.flatMap((folder) => readdirSync(folder, { recursive: true, encoding: 'utf8' }).map((name) => join(folder, name)));
  return files.filter((file) => WRITTEN.test(file) && !SKIPPED.test(file.slice(root.length)) && statSync(file).isFile());
}

function constantSecrets(): string[] {
  return shipped().flatMap((file) => {
    const text = readFileSync(file, 'utf8');
    const certain = CERTAIN.filter((pattern) => pattern.test(text)).map((pattern) => `${file.slice(root.length + 1)}: ${pattern.source.slice(0, 30)}`);
    const assigned = [...text.matchAll(ASSIGNED)].map(([, value = '']) => value).filter((value) => !PLACEHOLDER.test(value));
    return [...certain, ...assigned.map((value) => `${file.slice(root.length + 1)}: ${value}`)];
  });
}

/** S5: secrets that everybody has, or nobody chose. */
export const secrets: ScorecardTest = {
  id: 'S5',
  title: 'Secrets of a fresh install; empty and known ones on other addresses than loopback',
  async run(site) {
    const other = await site.startFresh();
    await compareInstalls(site, other);
    await other.stop();
    const values = KNOWN.filter((_value, index) => index % site.choose(6, 1, 1) === 0);
    const settings = values.flatMap(places).filter((_places, index) => index % site.choose(3, 3, 1) === 0);
    const wrong: string[] = [];
    await each(settings, 1, async (set) => void wrong.push(...(await refuses(set, '0.0.0.0'))));
    for (const host of ['::', '192.0.2.1']) wrong.push(...(await refuses(places('admin')[0] ?? [], host)));
    checkNone(wrong, 'not refused with exit code 2');
    checkNone(constantSecrets(), 'constant secrets');
    return `${settings.length + 2} starts refused, ${shipped().length} files without constant secrets, two installs differ`;
  },
};
