import type { DemandVerdict, ReportEvents, ReportType, StreamInfo } from '@sluice/core';
import { FakeClock } from '@sluice/core/testing';
import { gb28181Config } from '../src/config.js';
import { type DeviceStore, MemoryDeviceStore } from '../src/net/device-store.js';
import { Platform } from '../src/net/platform.js';
import { PASSWORD } from './device-messages.js';
import { FakeRtpPs } from './fake-rtp-ps.js';
import { FakeSip } from './fake-sip.js';

/** A platform whose surroundings a test plays. */
export interface Bench {
  readonly clock: FakeClock;
  readonly sip: FakeSip;
  readonly rtpPs: FakeRtpPs;
  readonly platform: Platform;
  readonly reports: { type: string; data: unknown }[];
  /** What is known of streams. */
  readonly streams: Map<string, Pick<StreamInfo, 'state' | 'viewers'>>;
}

/** A platform; `afterMs` later than others. */
export async function makeBench(config: Record<string, unknown> = {}, store: DeviceStore = new MemoryDeviceStore(), afterMs = 0): Promise<Bench> {
  const clock = new FakeClock(Date.UTC(2022, 4, 1, 4, 0, 0));
  clock.advance(afterMs);
  const sip = new FakeSip();
  const rtpPs = new FakeRtpPs();
  const reports: { type: string; data: unknown }[] = [];
  const quiet = () => {};
  const log = { debug: quiet, info: quiet, warn: quiet };
  const report = <T extends ReportType>(type: T, data: ReportEvents[T]) => {
    reports.push({ type, data });
  };
  const streams = new Map<string, Pick<StreamInfo, 'state' | 'viewers'>>();
  const describe = (path: string) => streams.get(path) as StreamInfo | undefined;
  const platform = new Platform({
    streams: { describe },
    config: gb28181Config.parse(config),
    password: PASSWORD,
    sip,
    rtpPs,
    clock,
    log,
    report,
    store,
    userAgent: 'test',
  });
  await platform.listen();
  return { clock, sip, rtpPs, platform, reports, streams };
}

/** Lets everything that is ready run. */
export async function settle(): Promise<void> {
  for (let i = 0; i < 50; i++) await Promise.resolve();
}

/** A viewer who waits for a path. */
export function demand(bench: Bench, path: string): { verdict: Promise<DemandVerdict | undefined>; abort: () => void } {
  const controller = new AbortController();
  return { verdict: bench.platform.live.demand({ path, signal: controller.signal }), abort: () => controller.abort() };
}
