import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ReportEvent } from '@sluice/core';
import { checkConfig, checkLifecycle, FakeClock, startTestEngine } from '@sluice/core/testing';
import plugin from '../src/index.js';

const isSummary = ({ type }: ReportEvent): boolean => type === '__name__.summary';

test('tells how many events there were', async () => {
  const clock = new FakeClock();
  const engine = await startTestEngine({ plugins: [plugin], config: { [plugin.name]: { everySeconds: 5 } }, clock });
  try {
    const publisher = await engine.publish('live/a');
    clock.advance(5000);
    const { data } = await engine.reported(isSummary);
    assert.deepEqual(data, { counts: { 'stream.published': 1 } });
    await publisher.close();
  } finally {
    await engine.dispose();
  }
});

test('counts nothing but what is wanted', async () => {
  const clock = new FakeClock();
  const engine = await startTestEngine({ plugins: [plugin], config: { [plugin.name]: { events: ['server.*'], everySeconds: 5 } }, clock });
  try {
    await (await engine.publish('live/a')).close();
    clock.advance(5000);
    const told = engine.reports.filter(isSummary).map(({ data }) => Object.keys((data as { counts: object }).counts));
    assert.ok(told.flat().every((type) => type.startsWith('server.')));
  } finally {
    await engine.dispose();
  }
});

test('leaves nothing behind, twice', () => checkLifecycle({ plugins: [plugin], use: async (engine) => (await engine.publish('live/a')).close() }));

test('has a config that holds', () => checkConfig(plugin));
