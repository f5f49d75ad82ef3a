import { packages } from './sources.js';

const all = packages();
const sources = all.flatMap((entry) => entry.sources);

it('the core names no protocol and no codec, not even in comments', () => {
  const words = /rtmp|rtsp|gb28181|\bsip\b|\bhls\b|\bflv\b|h\.?264|h\.?265|hevc|\baac\b|g\.?711|webrtc/gi;
  const named = sources
    .filter(({ path }) => path.startsWith('core/src/'))
    .flatMap(({ path, text }) => text.split('\n').flatMap((line, index) => [...line.matchAll(words)].map(([word]) => `${path}:${index + 1}: ${word}`)));
  expect(named).toEqual([]);
});

it('no file is longer than 600 lines', () => {
  const written = sources.filter(({ text }) => !text.startsWith('// Made of '));
  expect(written.filter(({ text }) => text.split('\n').length > 600).map(({ path }) => path)).toEqual([]);
});

it('plugins declare themselves in less than 60 lines', () => {
  const entries = sources.filter(({ path, text }) => /^plugins\/[^/]+\/src\/index\.ts$/.test(path) && text.includes('definePlugin('));
  expect(entries.filter(({ text }) => text.split('\n').length > 60).map(({ path }) => path)).toEqual([]);
});

it('no any, no non-null assertion by comment, no test left alone', () => {
  expect(sources.filter(({ text }) => /@ts-(ignore|nocheck|expect-error)/.test(text)).map(({ path }) => path)).toEqual([]);
});

it('no state at module level: several engines in one process share nothing', () => {
  const state = /^(?:export )?(?:let|var) \w+|^(?:export )?const \w+(?:: [^=\n]+)? = new (?:Map|Set|WeakMap|WeakSet|Array)\b[^(\n]*\(\)/gm;
  // The module loader is the process's own: its hook is registered once. Formats of dates by zone are costly to make and the same for all.
  const loader = ['core/src/preset/import-core.ts', 'core/src/preset/import-core-hook.ts'];
  const memories = ['plugins/gb28181/src/proto/local-time.ts', 'plugins/stream-log/src/proto/day.ts'];
  const ofTheProcess = [...loader, ...memories];
  const packaged = sources.filter(({ path }) => /^(core|plugins|presets)\//.test(path) && /\.ts$/.test(path) && !ofTheProcess.includes(path));
  expect(packaged.flatMap(({ path, text }) => [...text.matchAll(state)].map(([found]) => `${path}: ${found}`))).toEqual([]);
});
