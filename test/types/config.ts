// Checked by test/lint/types.test.ts: what must compile does, and each @ts-expect-error stands before something that does not.

import { createServer } from 'node:http';
import { createEngine, definePlugin, definePreset, type EngineOptions, type Plugin, type PluginEntry, type Preset, service } from '@sluice/core';
import { httpOn } from '@sluice/plugin-http';
import httpFlv from '@sluice/plugin-http-flv';
import rtmp from '@sluice/plugin-rtmp';
import allInOne from '@sluice/preset-all-in-one';
import server from '@sluice/preset-server';
import { z } from 'zod';

const mine = definePlugin({
  name: 'mine',
  version: '1.0.0',
  config: z.strictObject({ colour: z.enum(['red', 'blue']), depth: z.number().default(1) }),
  setup: (_ctx, config) => void config.depth.toFixed(),
});

// Plugins: their keys, those of plugins they bring (http), and the engine's.
await createEngine({ plugins: [rtmp, httpFlv], config: { rtmp: { port: 0 }, http: { port: 0 }, engine: { data: '/tmp', log: { level: 'warn' } } } });
// @ts-expect-error no such key
await createEngine({ plugins: [rtmp], config: { rtmp: { prot: 0 } } });
// @ts-expect-error a number is wanted
await createEngine({ plugins: [rtmp], config: { rtmp: { port: '1935' } } });
// @ts-expect-error no such key inside
await createEngine({ plugins: [rtmp], config: { rtmp: { limits: { chunkByte: 1 } } } });
// @ts-expect-error no such plugin in this engine
await createEngine({ plugins: [rtmp], config: { hls: {} } });
// @ts-expect-error none of the engine's settings
await createEngine({ plugins: [rtmp], config: { engine: { dat: '/tmp' } } });
// @ts-expect-error none of the brought plugin's keys
await createEngine({ plugins: [httpFlv], config: { http: { prot: 0 } } });
// @ts-expect-error one of red and blue
await createEngine({ plugins: [mine], config: { mine: { colour: 'green' } } });

// Presets, nested or not, with plugins of one's own beside them, lists, and falsy entries.
await createEngine({ preset: server, config: { rtmp: { port: 0 }, hls: {}, 'report-http': { hooks: [] } } });
await createEngine({ preset: allInOne, plugins: [[mine], false], config: { gb28181: { sip: { port: 0 } }, rtmp: { port: 0 }, mine: { colour: 'red' } } });
await createEngine({
  plugins: [server, { use: mine, config: { colour: 'red' } }, httpOn(createServer())],
  config: { mine: { depth: 2 }, http: { basePath: '/media' } },
});
// @ts-expect-error no such key, in a preset
await createEngine({ preset: server, config: { rtmp: { prot: 0 } } });
// @ts-expect-error no such key, two presets deep
await createEngine({ preset: allInOne, config: { gb28181: { sip: { prot: 0 } } } });
// @ts-expect-error no such plugin, in a preset
await createEngine({ preset: server, config: { rtpm: {} } });
// @ts-expect-error a list is wanted, in a preset
await createEngine({ plugins: [server], config: { 'report-http': { hooks: {} } } });

// A preset of one's own is typed where it is written and where it is used.
const own = definePreset({ name: 'own', plugins: [rtmp, mine], config: { rtmp: { port: 1936 }, mine: { colour: 'blue' } } });
await createEngine({ preset: own, config: { mine: { depth: 3 } } });
// @ts-expect-error no such key
definePreset({ name: 'wrong', plugins: [rtmp], config: { rtmp: { prot: 1 } } });
// @ts-expect-error a number is wanted
await createEngine({ preset: own, config: { mine: { depth: 'deep' } } });

// Of what is given by name, or comes from elsewhere, nothing is known; what is known stays checked.
await createEngine({ plugins: [rtmp, './mine.js'], config: { rtmp: { port: 0 }, anything: { goes: true } } });
// @ts-expect-error a number is wanted
await createEngine({ plugins: [rtmp, './mine.js'], config: { rtmp: { port: true } } });
declare const some: readonly PluginEntry[];
declare const loose: Preset;
await createEngine({ plugins: some, preset: loose, config: { anything: { goes: true } } });

// Whoever wants to know less may.
const untyped: { readonly preset: Preset; readonly plugin: Plugin; readonly entry: PluginEntry; readonly options: EngineOptions } = {
  preset: allInOne,
  plugin: httpFlv,
  entry: server,
  options: { preset: server, plugins: [mine], config: { mine: { colour: 'red' } } },
};
await createEngine(untyped.options);
await createEngine({ preset: untyped.preset, plugins: [untyped.plugin, untyped.entry], config: { anything: { goes: true } } });

// Services and extensions keep their types.
interface Counter {
  count(): number;
}
const counter = service<Counter>('counter');
definePlugin({ name: 'user', version: '1.0.0', requires: [counter], setup: (ctx) => void ctx.use(counter).count().toFixed() });
// @ts-expect-error a number has no such method
definePlugin({ name: 'user', version: '1.0.0', requires: [counter], setup: (ctx) => void ctx.use(counter).count().trim() });
