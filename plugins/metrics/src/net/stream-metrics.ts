import type { PluginContext, StreamInfo } from '@sluice/core';
import { Gauge, type Registry } from 'prom-client';

interface Figure {
  readonly name: string;
  readonly help: string;
  readonly of: (stream: StreamInfo) => number;
}

const FIGURES: readonly Figure[] = [
  { name: 'sluice_stream_received_bytes', help: 'Bytes received from the publishers of the stream', of: (stream) => stream.bytesIn },
  { name: 'sluice_stream_sent_bytes', help: 'Bytes sent to the viewers of the stream', of: (stream) => stream.bytesOut },
  { name: 'sluice_stream_viewers', help: 'Viewers of the stream now', of: (stream) => stream.viewers },
  { name: 'sluice_stream_bitrate_bits', help: 'Bits per second received over the last seconds', of: (stream) => stream.bitrate },
  { name: 'sluice_stream_gop_seconds', help: 'Length of the newest group of pictures', of: (stream) => stream.gopMs / 1000 },
];

const STATES = ['waiting', 'live', 'lingering'] as const;

/** Registers figures of streams. They are read when the page is asked for; what is gone is not shown any more. */
export function addStreamMetrics(registry: Registry, ctx: PluginContext, maxStreams: number): { collect(): void } {
  const registers = [registry];
  const perStream = FIGURES.map(({ name, help, of }) => ({ gauge: new Gauge({ name, help, labelNames: ['path'] as const, registers }), of }));
  const health = new Gauge({
    name: 'sluice_stream_health',
    help: 'Counters of the input by kind: lost, reordered …',
    labelNames: ['path', 'kind'] as const,
    registers,
  });
  const streams = new Gauge({ name: 'sluice_streams', help: 'Streams by state', labelNames: ['state'] as const, registers });
  const viewers = new Gauge({ name: 'sluice_viewers', help: 'Viewers of all streams now', registers });
  const hidden = new Gauge({ name: 'sluice_streams_without_metrics', help: 'Streams beyond metrics.maxStreams', registers });
  return {
    collect() {
      const all = ctx.streams.list();
      for (const state of STATES) streams.set({ state }, all.filter((stream) => stream.state === state).length);
      viewers.set(all.reduce((sum, stream) => sum + stream.viewers, 0));
      hidden.set(Math.max(0, all.length - maxStreams));
      for (const { gauge } of perStream) gauge.reset();
      health.reset();
      for (const stream of all.slice(0, maxStreams)) {
        const { path } = stream;
        for (const { gauge, of } of perStream) gauge.set({ path }, of(stream));
        for (const [kind, count] of Object.entries(stream.health)) health.set({ path, kind }, count);
      }
    },
  };
}
