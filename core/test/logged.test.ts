import { createLogger, definePlugin, type LogEntry } from '../src/index.js';
import { startTestEngine } from '../src/testing/index.js';

it('tells of lines about streams, of plugins and their children, and not of what handlers log', async () => {
  const entries: LogEntry[] = [];
  const written: string[] = [];
  const noisy = definePlugin({
    name: 'noisy',
    version: '1.0.0',
    setup(ctx) {
      ctx.hooks.logged((entry) => {
        entries.push(entry);
        ctx.log.warn({ stream: 'live/b' }, 'told');
      });
      ctx.log.info('about nothing');
      ctx.log.warn({ stream: 'live/a', url: 'rtx://h/x?token=T' }, 'plain');
      ctx.log.child({ stream: 'live/a' }).error({ n: 1 }, 'of a child');
      ctx.log.debug({ stream: 'live/a' }, 'below the level');
    },
  });
  const logger = createLogger({ stream: { write: (text) => written.push(text) } });
  const engine = await startTestEngine({ plugins: [noisy], logger });
  expect(entries).toEqual([
    { time: expect.stringMatching(/^\d{4}-.*Z$/), level: 'warn', plugin: 'noisy', stream: 'live/a', message: 'plain', fields: { url: 'rtx://h/x?token=***' } },
    { time: expect.any(String), level: 'error', plugin: 'noisy', stream: 'live/a', message: 'of a child', fields: { n: 1 } },
  ]);
  expect(written.map((line) => (JSON.parse(line) as { msg: string }).msg)).toEqual(['about nothing', 'plain', 'told', 'of a child', 'told']);
  await engine.dispose();
});
