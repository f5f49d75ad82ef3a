import { definePlugin, eventTypes } from '@sluice/core';
import { config } from './config.js';
import { Counts } from './counts.js';

const SUMMARY = '__name__.summary';

declare module '@sluice/core' {
  interface ReportEvents {
    /** Events since the summary before, by type. */
    '__name__.summary': { readonly counts: Readonly<Record<string, number>> };
  }
}

/** Counts events, and tells how many there were. */
export default definePlugin({
  name: '__name__',
  version: '0.1.0',
  engine: '__range__',
  config,
  setup(ctx, { events, everySeconds }) {
    const counts = new Counts();
    const wanted = eventTypes(events);
    ctx.hooks.report(({ type }) => {
      if (type !== SUMMARY && wanted(type)) counts.add(type);
    });
    const tell = (): void => {
      const taken = counts.take();
      if (taken !== undefined) ctx.report(SUMMARY, { counts: taken });
    };
    // Timers of the context end with the plugin.
    ctx.clock.every(everySeconds * 1000, tell);
    ctx.onDispose(tell);
  },
});

export { config } from './config.js';
