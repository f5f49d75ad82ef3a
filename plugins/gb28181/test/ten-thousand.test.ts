import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { createEngine, type Engine } from '@sluice/core';
import { FakeClock } from '@sluice/core/testing';
import rtpPs from '@sluice/plugin-rtp-ps';
import { type RtpPsService, rtpPsService } from '@sluice/plugin-rtp-ps/service';
import sip from '@sluice/plugin-sip';
import gb28181, { gb28181Service } from '../src/index.js';
import { TestDevice } from './device.js';
import { DEVICE, PASSWORD } from './device-messages.js';

const SDP = 'v=0\r\nm=video 6000 RTP/AVP 96\r\na=rtpmap:96 PS/90000\r\n';
// More would overflow the receive buffer of a socket, and the clock of retransmissions stands still.
const BATCH = 50;

/** How many SSRCs are free: takes them all, and gives them back. */
function freeSsrcs(service: RtpPsService): number {
  const taken: string[] = [];
  try {
    for (;;) taken.push(service.allocateSsrc('34020000002000000001', 'live'));
  } catch {
    for (const ssrc of taken) service.releaseSsrc(ssrc);
    return taken.length;
  }
}

describe('10,000 INVITEs over UDP', () => {
  const clock = new FakeClock();
  let engine: Engine;
  let device: TestDevice;
  let data: string;

  beforeAll(async () => {
    data = await mkdtemp(join(tmpdir(), 'gb28181-many-'));
    engine = await createEngine({
      plugins: [sip, rtpPs, gb28181],
      clock,
      config: {
        engine: { data, host: '127.0.0.1' },
        'rtp-ps': { port: 0 },
        gb28181: { sip: { port: 0, password: PASSWORD }, devices: [{ id: DEVICE, noAuth: true }], catalog: { onRegister: false } },
      },
    });
    await engine.start();
    const port = engine.addresses.find(({ plugin, protocol }) => (plugin === 'gb28181' || plugin === 'sip') && protocol === 'udp')?.port ?? 0;
    device = await TestDevice.open(DEVICE, port);
    expect(await device.request('REGISTER', [['expires', '86400']])).toMatchObject({ status: 200 });
  });

  afterAll(async () => {
    device.close();
    await engine.stop();
    await rm(data, { recursive: true });
  });

  it('that are refused, answered with silence, or accepted without a picture give back every SSRC and dialog', async () => {
    const service = engine.service(gb28181Service);
    const ssrcs = engine.service(rtpPsService);
    const free = freeSsrcs(ssrcs);
    clock.advance(61_000);
    const timers = clock.pending;
    const codes = new Map<string, number>();
    for (let batch = 0; batch < 10_000 / BATCH; batch++) {
      device.answerAll((index) => (index % 3 === 0 ? { status: 486 } : index % 3 === 1 ? undefined : { status: 200, body: SDP }));
      const plays = Array.from({ length: BATCH }, (_, index) =>
        service.play(`3402000000131${String(batch * BATCH + index).padStart(7, '0')}`, { device: DEVICE }).catch(({ code }: { code: string }) => {
          codes.set(code, (codes.get(code) ?? 0) + 1);
        }),
      );
      await device.seen('INVITE', BATCH);
      await device.seen('ACK', Math.ceil(BATCH / 3) + Math.floor(BATCH / 3));
      // Silence: 10 s; no picture: 10 s.
      for (let second = 0; second < 12; second++) clock.advance(1000);
      await Promise.all(plays);
      await device.seen('BYE', Math.floor(BATCH / 3));
      // Its answers are in when this one is.
      await device.request('OPTIONS');
      // The device keeps its registration, and SSRCs rest for a minute.
      clock.advance(61_000);
      await device.request('REGISTER', [['expires', '86400']]);
    }
    expect(Object.fromEntries(codes)).toEqual({ ERR_GB28181_REFUSED: 3400, ERR_GB28181_SILENT: 3400, ERR_GB28181_NO_MEDIA: 3200 });
    for (let second = 0; second < 100; second++) clock.advance(1000);
    await device.request('OPTIONS', []);
    expect(freeSsrcs(ssrcs)).toBe(free);
    expect(clock.pending).toBe(timers);
    const db = new DatabaseSync(join(data, 'gb28181.sqlite'));
    expect({ ...db.prepare('SELECT count(*) AS dialogs FROM dialogs').get() }).toEqual({ dialogs: 0 });
    db.close();
  }, 120_000);
});
