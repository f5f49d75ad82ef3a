import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { root } from '../../e2e/support/paths.js';
import { findProgram, run, start } from '../../e2e/support/programs.js';
import { freePort } from '../../e2e/support/server.js';
import type { ScorecardTest } from '../types.js';
import { becomes, check, checkNone } from './support/check.js';
import { publishing } from './support/publish.js';
import { connectedTo, trace } from './support/trace.js';

/** `npm audit` of what is installed to run; nothing where the registry cannot be asked. */
async function audit(): Promise<string> {
  const { stdout } = await run('npm', ['audit', '--omit=dev', '--json', '--prefix', root], { timeoutMs: 60_000 });
  let report: { metadata?: { vulnerabilities?: Record<string, number> } };
  try {
    report = JSON.parse(stdout.toString());
  } catch {
    return 'npm audit: not asked, the registry does not answer';
  }
  const found = report.metadata?.vulnerabilities;
  if (found === undefined) return 'npm audit: not asked, the registry does not answer';
  const bad = (found.high ?? 0) + (found.critical ?? 0);
  check(bad === 0, () => `npm audit: ${bad} high or critical`);
  return `npm audit: 0 high of ${Object.values(found).reduce((sum, count) => sum + count, 0)}`;
}

/** The command that runs a server as nobody, with a root folder that cannot be written but for its data; nothing where that cannot be done here. */
async function confined(data: string): Promise<readonly string[] | undefined> {
  if (process.getuid?.() !== 0 || findProgram('unshare') === undefined || findProgram('setpriv') === undefined) return undefined;
  const script = [
    'set -e',
    'mount --make-rprivate /',
    `mount --bind "${data}" "${data}"`,
    // A read-only bind of everything, and the data back in.
    'mount --rbind / /mnt',
    'mount -o remount,bind,ro /mnt',
    `mount --bind "${data}" "/mnt${data}"`,
    `mount -o remount,bind,rw "/mnt${data}"`,
    `exec chroot /mnt setpriv --reuid=65534 --regid=65534 --clear-groups --no-new-privs --bounding-set=-all sh -c 'cd "$0" && exec "$@"' "${data}" "$@"`,
  ].join('\n');
  const command = ['unshare', '--mount', 'sh', '-c', script, 'sh'];
  const probe = await run(command[0] ?? '', [
    ...command.slice(1),
    'sh',
    '-c',
    `id -u; touch ${data}/probe && ! touch ${dirname(data)}/probe-outside 2>/dev/null && echo sealed`,
  ]);
  return probe.stdout.toString().includes('65534') && probe.stdout.toString().includes('sealed') ? command : undefined;
}

/** Starts a server with as little as there is, plays its own camera, and stops it. */
async function runConfined(): Promise<string> {
  const data = mkdtempSync(join(tmpdir(), 'sluice-confined-'));
  const empty = join(data, 'bin');
  mkdirSync(empty);
  await run('chown', ['-R', '65534:65534', data]);
  const command = await confined(data);
  const [http = 0, ...others] = await Promise.all(Array.from({ length: 5 }, freePort));
  const keys = ['rtmp.port', 'rtsp.port', 'gb28181.sip.port', 'rtp-ps.port'];
  const set = [
    'engine.host=127.0.0.1',
    `http.port=${http}`,
    'rtsp.udpPort=0',
    'synthetic.streams=[{ path: live/demo }]',
    ...keys.map((key, index) => `${key}=${others[index]}`),
  ];
  const sluice = [
    process.execPath,
    join(root, 'core/bin/sluice.js'),
    'start',
    'all-in-one',
    '--data',
    join(data, 'sluice'),
    ...set.flatMap((setting) => ['--set', setting]),
  ];
  const [program = '', ...args] = [...(command ?? []), ...sluice];
  // No ffmpeg in PATH; the tools that confine it are found by their own shell.
  const server = start(program, args, { cwd: data, timeoutMs: 120_000, env: command === undefined ? { PATH: empty } : {} });
  try {
    const ready = await becomes(
      async () => (await fetch(`http://127.0.0.1:${http}/healthz`).catch(() => undefined))?.status === 200 || server.process.exitCode !== null,
      40_000,
    );
    check(ready && server.process.exitCode === null, () => `it did not start: ${server.output().slice(-400)}`);
    const answer = await fetch(`http://127.0.0.1:${http}/live/demo.flv`, { signal: AbortSignal.timeout(15_000) });
    const { value } = (await answer.body?.getReader().read()) ?? {};
    check(answer.status === 200 && (value?.length ?? 0) > 0, () => `no stream: ${answer.status}`);
    const key = (await run('cat', [join(data, 'sluice/secrets/api-key')])).stdout.toString().trim();
    const snapshot = await fetch(`http://127.0.0.1:${http}/api/v1/streams/live/demo/snapshot.jpg`, { headers: { authorization: `Bearer ${key}` } });
    if (command === undefined) check(snapshot.status === 501, () => `a snapshot without ffmpeg answered ${snapshot.status}`);
    const { code } = await server.stop();
    check(code === 0, () => `it ended with ${code}: ${server.output().slice(-400)}`);
    return command === undefined ? 'not confined (no right to)' : 'ran as nobody on a read-only root';
  } finally {
    await server.stop('SIGKILL');
    rmSync(data, { recursive: true, force: true });
  }
}

/** Without ffmpeg in PATH. */
async function runBare(): Promise<void> {
  const data = mkdtempSync(join(tmpdir(), 'sluice-bare-'));
  const http = await freePort();
  const set = [
    'engine.host=127.0.0.1',
    `http.port=${http}`,
    'rtmp.port=0',
    'rtsp.port=0',
    'rtsp.udpPort=0',
    'gb28181.sip.port=0',
    'rtp-ps.port=0',
    'synthetic.streams=[{ path: live/demo }]',
  ];
  const args = [join(root, 'core/bin/sluice.js'), 'start', 'all-in-one', '--data', data, ...set.flatMap((setting) => ['--set', setting])];
  const server = start(process.execPath, args, { cwd: data, timeoutMs: 120_000, env: { PATH: data } });
  try {
    await server.wrote(/\/docs/);
    const key = (await run('cat', [join(data, 'secrets/api-key')])).stdout.toString().trim();
    const url = `http://127.0.0.1:${http}`;
    const live = await becomes(
      async () => (await fetch(`${url}/api/v1/streams/live/demo`, { headers: { authorization: `Bearer ${key}` } })).status === 200,
      15_000,
    );
    check(live, () => 'no stream without ffmpeg');
    const { status } = await fetch(`${url}/api/v1/streams/live/demo/snapshot.jpg`, { headers: { authorization: `Bearer ${key}` } });
    check(status === 501, () => `a snapshot without ffmpeg answered ${status}`);
    const { code } = await server.stop();
    check(code === 0, () => `without ffmpeg it ended with ${code}`);
  } finally {
    await server.stop('SIGKILL');
    rmSync(data, { recursive: true, force: true });
  }
}

/** S11: what it is made of, what it needs, whom it tells. */
export const install: ScorecardTest = {
  id: 'S11',
  title: 'npm audit, as nobody on a read-only root, without ffmpeg, telling nobody',
  programs: ['strace', 'ffmpeg', 'npm'],
  async run(site) {
    const audited = await audit();
    await runBare();
    const ran = await runConfined();
    const server = await site.startFresh();
    const calls = await trace(server.pid, 'connect,sendto,sendmsg,sendmmsg');
    const encoder = await publishing(server, 'live/home');
    for (const path of ['/player', '/docs', '/api/v1/server', '/live/home.m3u8']) await (await server.http(path)).text();
    await new Promise((resolve) => setTimeout(resolve, site.choose(2000, 10_000, 30_000)));
    await encoder.stop('SIGKILL');
    const told = connectedTo(await calls.stop()).filter((to) => !/^(127\.|::1:|::ffff:127\.)/.test(to) && !to.startsWith('/'));
    checkNone([...new Set(told)], 'addresses that were told something');
    await server.stop();
    return `${audited}; ${ran}; runs without ffmpeg; connects to nobody`;
  },
};
