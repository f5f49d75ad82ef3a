import { randomUUID } from 'node:crypto';
import { clientFor, type Link, type PluginContext, redactText, redactUrl, type SluiceError, type Subscription, streamClients } from '@sluice/core';
import { probeError } from '../errors.js';
import { remarksOf } from '../proto/remarks.js';
import { TrackMeter } from '../proto/track-meter.js';
import type { ProbeReport, ProbeRequest } from '../service.js';

const DEFAULT_SECONDS = 5;
const DEFAULT_TIMEOUT_SECONDS = 10;

/** A pull as a promise of its first media, and what became of it. */
interface Pulled {
  readonly link: Link;
  /** Rejects where it ends before any media came. */
  readonly live: Promise<void>;
  ended: SluiceError | undefined;
}

function pull(ctx: PluginContext, path: string, { url, timeoutSeconds = DEFAULT_TIMEOUT_SECONDS, transport }: ProbeRequest): Pulled & { protocol: string } {
  const clients = ctx.extensions(streamClients).filter((client) => client.pull !== undefined);
  const client = clientFor(url, clients);
  if (client?.pull === undefined) {
    throw probeError('ERR_PROBE_URL', `no URL of ${clients.flatMap(({ schemes }) => schemes.map((scheme) => `${scheme}://`)).join(', ')}`);
  }
  let onLive: () => void = () => {};
  let onFailed: (error: unknown) => void = () => {};
  const live = new Promise<void>((resolve, reject) => {
    onLive = resolve;
    onFailed = reject;
  });
  // It may fail before anybody waits for it.
  live.catch(() => {});
  const onEnd = (error?: SluiceError): void => {
    pulled.ended = error;
    onFailed(error ?? probeError('ERR_PROBE_NOTHING', 'ended before any media came'));
  };
  const link = client.pull({ path, url, timeoutMs: timeoutSeconds * 1000, ...(transport && { transport }), onLive, onEnd });
  const pulled: Pulled & { protocol: string } = { link, live, ended: undefined, protocol: client.name };
  return pulled;
}

/** Measures what comes until the time is over, the stream ends, or nobody wants to know any more. */
async function read(ctx: PluginContext, subscription: Subscription, seconds: number, signal: AbortSignal | undefined): Promise<Map<number, TrackMeter>> {
  const meters = new Map<number, TrackMeter>();
  const close = (): void => subscription.close();
  const stop = ctx.clock.after(seconds * 1000, close);
  signal?.addEventListener('abort', close);
  if (signal?.aborted === true) close();
  try {
    for await (const frame of subscription) {
      const meter = meters.get(frame.track.id) ?? new TrackMeter(frame);
      meters.set(frame.track.id, meter);
      meter.add(frame);
    }
  } finally {
    stop();
    signal?.removeEventListener('abort', close);
  }
  return meters;
}

/** Looks at one stream. */
export async function probe(ctx: PluginContext, request: ProbeRequest): Promise<ProbeReport> {
  const { url, seconds = DEFAULT_SECONDS, signal, onProgress } = request;
  const path = `probe/${randomUUID()}`;
  const beganMs = ctx.clock.now();
  onProgress?.('connecting');
  const pulled = pull(ctx, path, request);
  const abort = (): void => pulled.link.close();
  signal?.addEventListener('abort', abort);
  try {
    await pulled.live;
    const liveMs = ctx.clock.now();
    onProgress?.('live');
    const subscription = await ctx.streams.subscribe(path, { trusted: true }).catch((error: unknown) => {
      throw pulled.ended ?? error;
    });
    const meters = await read(ctx, subscription, seconds, signal);
    if (meters.size === 0) throw pulled.ended ?? probeError('ERR_PROBE_NOTHING', 'nothing came that is understood');
    const stream = ctx.streams.describe(path);
    const { ended } = pulled;
    const report = {
      url: redactUrl(url),
      protocol: pulled.protocol,
      ...(stream?.publisher?.remote === undefined ? {} : { remote: stream.publisher.remote }),
      connectMs: Math.round(liveMs - beganMs),
      readMs: Math.round(ctx.clock.now() - liveMs),
      bytes: pulled.link.bytes,
      tracks: [...meters.values()].map((meter) => meter.result()).sort((a, b) => a.id - b.id),
      ...startsOf(meters),
      health: stream?.health ?? {},
      ...(ended === undefined ? {} : { ended: { code: ended.code, message: redactText(ended.message) } }),
    };
    return { ...report, remarks: remarksOf(report) };
  } finally {
    signal?.removeEventListener('abort', abort);
    pulled.link.close();
    ctx.streams.close(path, { code: 'ended' });
  }
}

function startsOf(meters: ReadonlyMap<number, TrackMeter>): Pick<ProbeReport, 'audioStartsAfterMs'> {
  const first = (kind: string): number | undefined => [...meters.values()].find((meter) => meter.kind === kind)?.firstDtsMs;
  const video = first('video');
  const audio = first('audio');
  return video === undefined || audio === undefined ? {} : { audioStartsAfterMs: Math.round(audio - video) };
}
