import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeWith, killAll } from './support/programs.js';
import { freePort, type Server, startServer } from './support/server.js';
import { type AnsweringCamera, answer, keepalive, keepaliveMany, register, registerMany, type SippCamera } from './support/sipp.js';

const DEVICE = '34020000001320000001';
const NEEDS = { programs: ['sipp'] };

interface Device {
  readonly id: string;
  readonly online: boolean;
}

const password = (server: Server) => readFileSync(join(server.data, 'secrets/gb28181-password'), 'utf8').trim();

/** Ids of the devices that are online; over all pages. */
async function onlineIds(server: Server): Promise<string[]> {
  const ids: string[] = [];
  for (let cursor = ''; ; ) {
    const { body } = await server.api<{ items: Device[]; next?: string }>(`/gb28181/devices?limit=500${cursor}`);
    ids.push(...body.items.filter(({ online }) => online).map(({ id }) => id));
    if (body.next === undefined) return ids;
    cursor = `&cursor=${encodeURIComponent(body.next)}`;
  }
}

/** Lines of the trace, once one matches. */
async function traced(server: Server, pattern: RegExp): Promise<string[]> {
  const folder = join(server.data, 'gb28181');
  for (;;) {
    const lines = readdirSync(folder).flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'));
    if (lines.some((line) => pattern.test(line))) return lines;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

describeWith(NEEDS, 'a gateway that is killed and started again', () => {
  let server: Server;
  let camera: SippCamera;
  let answering: AnsweringCamera | undefined;

  beforeAll(async () => {
    server = await startServer('gateway', ['gb28181.trace=true']);
    camera = { id: DEVICE, port: await freePort(), platform: `127.0.0.1:${server.ports.sip}`, transport: 'udp' };
  }, 60_000);
  afterAll(async () => {
    await answering?.program.stop('SIGKILL');
    await server.stop();
    await killAll();
  }, 30_000);

  it('finds the camera online without a REGISTER, ends the call of before, and invites it anew', async () => {
    expect((await register(camera, password(server))).code).toBe(0);
    answering = answer(camera);
    void server.api(`/gb28181/channels/${DEVICE}/play`, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } }).catch(() => {});
    await answering.invited;
    // The call is confirmed.
    await traced(server, / > udp \S+ ACK /);
    server = await server.restart();
    await answering.byed;
    expect(await onlineIds(server)).toEqual([DEVICE]);
    const lines = await traced(server, / < udp \S+ 200 OK.*\\ncseq: \d+ BYE/);
    const calls = lines.filter((line) => / > udp \S+ (INVITE|ACK|BYE) /.test(line)).map((line) => line.match(/\\ncall-id: ([^\\]+)/)?.[1]);
    expect(calls.length).toBeGreaterThanOrEqual(3);
    expect(new Set(calls).size).toBe(1);
    expect(lines.some((line) => line.includes('authorization: Digest'))).toBe(true);
    for (const line of lines) expect(line).not.toMatch(/(response|nonce)="(?!\*\*\*")/);
    const played = server.api(`/gb28181/channels/${DEVICE}/play`, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } });
    while (answering.invites() < 2) await new Promise((resolve) => setTimeout(resolve, 50));
    // It sends nothing.
    expect((await played).status).toBe(504);
    await answering.program.stop('SIGKILL');
    expect((await keepalive(camera)).code).toBe(0);
  }, 60_000);
});

describeWith(NEEDS, '1,000 cameras behind one address', () => {
  let server: Server;
  beforeAll(async () => {
    server = await startServer('gateway');
  }, 60_000);
  afterAll(async () => {
    await server.stop();
    await killAll();
  }, 30_000);

  it('register, and stay online through a restart', async () => {
    const ids = Array.from({ length: 1000 }, (_, index) => `340200000013${String(index + 1).padStart(8, '0')}`);
    const camera = { port: await freePort(), platform: `127.0.0.1:${server.ports.sip}`, transport: 'udp' } as const;
    const startedMs = performance.now();
    expect((await registerMany(camera, ids, password(server), 100)).code).toBe(0);
    expect(performance.now() - startedMs).toBeLessThan(60_000);
    expect((await onlineIds(server)).sort()).toEqual(ids);
    server = await server.restart();
    expect((await onlineIds(server)).sort()).toEqual(ids);
    expect((await keepaliveMany(camera, ids, 200)).code).toBe(0);
  }, 120_000);
});
