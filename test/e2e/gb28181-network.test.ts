import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeWith, killAll } from './support/programs.js';
import { freePort, type Server, startServer } from './support/server.js';
import { answer, keepalive, register, registerMany, type SippCamera } from './support/sipp.js';

const DEVICE = '34020000001320000001';

interface Device {
  readonly id: string;
  readonly online: boolean;
  readonly remote: string;
}

describeWith({ programs: ['sipp'] }, 'GB28181 over a bad network (SIPp)', () => {
  let server: Server;
  let password: string;
  let camera: SippCamera;

  beforeAll(async () => {
    server = await startServer('gateway', ['engine.host=0.0.0.0', 'gb28181.catalog.onRegister=false']);
    password = readFileSync(join(server.data, 'secrets/gb28181-password'), 'utf8').trim();
    camera = { id: DEVICE, port: await freePort(), platform: `127.0.0.1:${server.ports.sip}`, transport: 'udp' };
  }, 60_000);
  afterAll(async () => {
    await server.stop();
    await killAll();
  }, 30_000);

  const devices = async () => (await server.api<{ items: Device[] }>('/gb28181/devices?limit=500')).body.items;

  it('cameras register though a fifth of all messages is lost', async () => {
    const ids = Array.from({ length: 100 }, (_, index) => `340200000013${String(index + 1).padStart(8, '0')}`);
    expect((await registerMany({ ...camera, port: await freePort() }, ids, password, 50, 20)).code).toBe(0);
    const known = await devices();
    expect(known.filter(({ online }) => online)).toHaveLength(100);
    expect(known).toHaveLength(100);
  }, 90_000);

  it('follows a camera to another port of its address, and asks one at another address who it is', async () => {
    expect((await register(camera, password)).code).toBe(0);
    expect((await keepalive({ ...camera, host: '127.0.0.3', port: await freePort() }, 401)).code).toBe(0);
    const moved = { ...camera, port: await freePort() };
    expect((await keepalive(moved)).code).toBe(0);
    expect((await devices()).find(({ id }) => id === DEVICE)?.remote).toBe(`127.0.0.1:${moved.port}`);
    const answering = answer(moved);
    void server.api(`/gb28181/channels/${DEVICE}/play`, { method: 'POST', body: '{}', headers: { 'content-type': 'application/json' } }).catch(() => {});
    await answering.invited;
    // Elsewhere with the password: the newest wins, and the call at the old place is ended there.
    const elsewhere = { ...camera, host: '127.0.0.3', port: await freePort() };
    expect((await register(elsewhere, password)).code).toBe(0);
    expect((await devices()).find(({ id }) => id === DEVICE)?.remote).toBe(`127.0.0.3:${elsewhere.port}`);
    await answering.byed;
    await answering.program.stop('SIGKILL');
  }, 60_000);
});
