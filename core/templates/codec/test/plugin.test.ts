import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkConfig, checkLifecycle, startTestEngine } from '@sluice/core/testing';
import plugin, { codecService, descriptor } from '../src/index.js';
import { picture } from './pictures.js';

const TICKS = 3600;

test('makes frames of a track that says the size', () => {
  const builder = descriptor.createBuilder({ trackId: 0, clockRate: 90_000 });
  assert.equal(builder.track, undefined);
  assert.equal(builder.build([], 0, 0), undefined);
  const first = builder.build([picture(64, 48)], 0, 0);
  assert.deepEqual([first?.key, first?.track.info, first?.track.epoch], [true, { width: 64, height: 48 }, 0]);
  const second = builder.build([picture(64, 48)], TICKS, TICKS);
  assert.equal(second?.track, first?.track);
  const larger = builder.build([picture(128, 96)], 2 * TICKS, 2 * TICKS);
  assert.deepEqual([larger?.track.info, larger?.track.epoch], [{ width: 128, height: 96 }, 1]);
});

test('is found by other plugins, and its frames pass through the engine as they are', async () => {
  const engine = await startTestEngine({ plugins: [plugin] });
  try {
    const builder = engine.service(codecService).createBuilder({ trackId: 0, clockRate: 90_000 });
    const publisher = await engine.publish('live/a', { expects: ['video'] });
    const sent = builder.build([picture(64, 48)], 0, 0);
    assert.ok(sent !== undefined);
    publisher.write(sent);
    for await (const frame of await engine.subscribe('live/a')) {
      assert.deepEqual(frame.units, sent.units);
      break;
    }
    assert.deepEqual(engine.streams.describe('live/a')?.tracks, [{ id: '0', kind: 'video', codec: 'jpeg', width: 64, height: 48 }]);
    await publisher.close();
  } finally {
    await engine.dispose();
  }
});

test('leaves nothing behind, twice', () => checkLifecycle({ plugins: [plugin] }));

test('has a config that holds', () => checkConfig(plugin));
