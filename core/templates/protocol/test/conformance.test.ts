import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkConfig, checkLifecycle, protocolSuite } from '@sluice/core/testing';
import plugin from '../src/index.js';
import { play, publish } from './client.js';

const config = { [plugin.name]: { port: 0 } };

for (const { name, run } of protocolSuite({ plugins: [plugin], config, publish, play })) test(name, run);

test('leaves nothing behind, twice', () =>
  checkLifecycle({
    plugins: [plugin],
    config,
    use: async (engine) => {
      await (await publish(engine, 'live/a', [])).close();
      await assert.rejects(play(engine, 'live/none'), /ERR_STREAM_NOT_FOUND/);
    },
  }));

test('has a config that holds', () => checkConfig(plugin));
