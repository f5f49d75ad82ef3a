import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createLogger, definePlugin, type PluginContext } from '@sluice/core';
import { FakeClock, startTestEngine, type TestEngine, testVideoTrack } from '@sluice/core/testing';
import streamLog from '../src/index.js';

let data: string;
let engine: TestEngine;
let ctx: PluginContext;

const talker = definePlugin({
  name: 'talker',
  version: '1.0.0',
  setup(given) {
    ctx = given;
  },
});
const start = async (clock: FakeClock, config: Readonly<Record<string, unknown>> = {}): Promise<void> => {
  const logger = createLogger({ stream: { write: () => {} } });
  const settings = { data, trafficSeconds: 0 };
  engine = await startTestEngine({ plugins: [talker, streamLog], clock, logger, config: { engine: settings, 'stream-log': config } });
};
const live = async (path: string): Promise<void> => {
  const publisher = await engine.publish(path, { tracks: [testVideoTrack()] });
  await publisher.close();
};
const lines = (path: string, day: string) =>
  readFileSync(join(data, 'logs', path, `${day}.log`), 'utf8')
    .split('\n')
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Record<string, unknown>);
const filesOf = (path: string) => (existsSync(join(data, 'logs', path)) ? readdirSync(join(data, 'logs', path)).sort() : []);

beforeEach(() => {
  data = mkdtempSync(join(tmpdir(), 'sluice-log-'));
});
afterEach(async () => {
  await engine.stop();
  rmSync(data, { recursive: true, force: true });
});

it.each([
  ['Asia/Shanghai', Date.UTC(2026, 2, 28, 0, 0), 16],
  // Clocks go forward in this night.
  ['America/New_York', Date.UTC(2026, 2, 7, 12, 0), 17],
  ['UTC', Date.UTC(2026, 11, 31, 12, 0), 12],
])(
  'writes one file per stream and day through 24 hours in %s',
  async (timeZone, beginMs, hoursBeforeMidnight) => {
    const clock = new FakeClock(beginMs);
    await start(clock, { timeZone });
    for (let hour = 0; hour < 24; hour++) {
      for (const path of ['live/a', 'live/b/c']) await live(path);
      await clock.advanceAsync(3_600_000, 60_000);
    }
    await engine.stop();
    const day = (ms: number) => new Intl.DateTimeFormat('sv-SE', { timeZone }).format(ms);
    const days = [day(beginMs), day(beginMs + 86_399_000)];
    for (const path of ['live/a', 'live/b/c']) {
      expect(filesOf(path)).toEqual(days.map((each) => `${each}.log`));
      const [before = [], after = []] = days.map((each) => lines(path, each).filter(({ event }) => event === 'stream.published'));
      expect([before.length, after.length]).toEqual([hoursBeforeMidnight, 24 - hoursBeforeMidnight]);
      for (const { time } of after) expect(day(Date.parse(String(time)))).toBe(days[1]);
      const seqs = [...lines(path, String(days[0])), ...lines(path, String(days[1]))].map(({ seq }) => Number(seq));
      expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
    }
  },
  30_000,
);

it('keeps days and bytes, follows no links, and deletes nothing that is not its own', async () => {
  const put = (path: string, day: string, bytes = 10) => {
    mkdirSync(join(data, 'logs', path), { recursive: true });
    writeFileSync(join(data, 'logs', path, `${day}.log`), 'x'.repeat(bytes));
  };
  put('live/old', '2026-01-01');
  put('live/a', '2026-03-25');
  put('live/a', '2026-03-26');
  put('live/a', '2026-03-27');
  put('live/big', '2026-03-27', 2 * 1024 * 1024);
  writeFileSync(join(data, 'logs/live/a/notes.txt'), 'mine');
  mkdirSync(join(data, 'elsewhere'));
  writeFileSync(join(data, 'elsewhere/2020-01-01.log'), 'not ours');
  symlinkSync(join(data, 'elsewhere'), join(data, 'logs/link'));
  const clock = new FakeClock(Date.UTC(2026, 2, 28, 15, 0));
  await start(clock, { timeZone: 'Asia/Shanghai', retainDays: 3, maxBytes: 1024 * 1024 });
  await engine.stop();
  expect(filesOf('live/old')).toEqual([]);
  expect(existsSync(join(data, 'logs/live/old'))).toBe(false);
  // The biggest of the oldest go first.
  expect(filesOf('live/big')).toEqual([]);
  expect(filesOf('live/a')).toEqual(['2026-03-27.log', 'notes.txt']);
  expect(readdirSync(join(data, 'elsewhere'))).toEqual(['2020-01-01.log']);
});

it('deletes what became too old at midnight', async () => {
  mkdirSync(join(data, 'logs/live/a'), { recursive: true });
  for (const day of ['2026-03-27', '2026-03-28']) writeFileSync(join(data, `logs/live/a/${day}.log`), '{}\n');
  const clock = new FakeClock(Date.UTC(2026, 2, 28, 15, 0));
  await start(clock, { timeZone: 'Asia/Shanghai', retainDays: 2 });
  await clock.advanceAsync(1000);
  expect(filesOf('live/a')).toEqual(['2026-03-27.log', '2026-03-28.log']);
  await clock.advanceAsync(3_660_000, 60_000);
  await engine.stop();
  expect(filesOf('live/a')).toEqual(['2026-03-28.log']);
});

it('writes warnings about a stream, escaped, without secrets, repeated ones once with a count', async () => {
  const clock = new FakeClock(Date.UTC(2026, 2, 28));
  await start(clock, { timeZone: 'UTC', foldSeconds: 60 });
  ctx.log.info({ stream: 'live/a' }, 'not important');
  ctx.log.warn({ stream: '../../etc', n: 0 }, 'no stream');
  for (let n = 0; n < 5; n++) ctx.log.warn({ stream: 'live/a', n, url: 'rtx://u:p@h/x?token=T' }, 'again\u0085 and\u001b[31m again');
  await clock.advanceAsync(61_000, 1000);
  ctx.log.error({ stream: 'live/a' }, 'last');
  ctx.log.error({ stream: 'live/a' }, 'last');
  await engine.stop();
  const message = 'again\u0085 and\u001b[31m again';
  const url = 'rtx://***@h/x?token=***';
  expect(lines('live/a', '2026-03-28')).toEqual([
    { time: expect.any(String), level: 'warn', plugin: 'talker', message, n: 0, url },
    { time: expect.any(String), level: 'warn', plugin: 'talker', message, n: 4, url, repeated: 4 },
    { time: expect.any(String), level: 'error', plugin: 'talker', message: 'last' },
    { time: expect.any(String), level: 'error', plugin: 'talker', message: 'last', repeated: 1 },
  ]);
  expect(readFileSync(join(data, 'logs/live/a/2026-03-28.log'), 'latin1').replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  expect(readdirSync(join(data, 'logs'))).toEqual(['live']);
});

it('writes the last traffic report of a session alone', async () => {
  const clock = new FakeClock(Date.UTC(2026, 2, 28));
  engine = await startTestEngine({ plugins: [streamLog], clock, config: { engine: { data, trafficSeconds: 1 }, 'stream-log': { timeZone: 'UTC' } } });
  const publisher = await engine.publish('live/a', { tracks: [testVideoTrack()] });
  await clock.advanceAsync(5000, 1000);
  await publisher.close();
  expect(engine.reports.filter(({ type }) => type === 'traffic.report').length).toBeGreaterThan(3);
  await engine.stop();
  expect(lines('live/a', '2026-03-28').filter(({ event }) => event === 'traffic.report')).toMatchObject([{ final: true }]);
});

it('says that a file is full, and that lines are lost', async () => {
  const clock = new FakeClock(Date.UTC(2026, 2, 28));
  await start(clock, { timeZone: 'UTC', maxFileBytes: 64 * 1024 });
  for (let n = 0; n < 200; n++) {
    ctx.log.warn({ stream: 'live/a' }, `${n} ${'x'.repeat(1000)}`);
    await clock.advanceAsync(500, 500);
  }
  mkdirSync(join(data, 'logs/live/b'), { recursive: true });
  mkdirSync(join(data, 'logs/live/b/2026-03-28.log'));
  ctx.log.warn({ stream: 'live/b' }, 'nowhere to go');
  await engine.stop();
  const written = lines('live/a', '2026-03-28');
  expect(written.at(-1)?.message).toContain('full');
  expect(written.filter(({ message }) => String(message).includes('full'))).toHaveLength(1);
  expect(readFileSync(join(data, 'logs/live/a/2026-03-28.log')).length).toBeLessThan(65 * 1024);
  expect(engine.info.errors()).toContainEqual({ plugin: 'stream-log', kind: 'lost-lines', count: 1 });
});
