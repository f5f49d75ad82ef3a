import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkConfig, checkLifecycle, protocolSuite } from '@sluice/core/testing';
import { aacTestMaterial } from '@sluice/plugin-codec-aac/testing';
import { h264TestMaterial } from '@sluice/plugin-codec-h264/testing';
import plugin from '../src/index.js';
import { play } from './client.js';

const config = { http: { port: 0 } };

for (const { name, run } of protocolSuite({ plugins: [plugin], config, play, video: h264TestMaterial, audio: aacTestMaterial })) test(name, run);

test('leaves nothing behind, twice', () =>
  checkLifecycle({ plugins: [plugin], config, use: (engine) => assert.rejects(play(engine, 'live/none'), /answered 404/) }));

test('has a config that holds', () => checkConfig(plugin));
