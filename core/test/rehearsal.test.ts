import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { z } from 'zod';
import { definePlugin, type Link, type LinkOptions, type Plugin, type RehearsalSource, service, streamClients } from '../src/index.js';
import { castOf, rehearse } from '../src/rehearsal/rehearse.js';
import { testFrame, testVideoTrack } from '../src/testing/index.js';

const video = testVideoTrack();
const source: RehearsalSource = { tracks: [video], frames: (index) => [testFrame(video, index)] };
const logger = pino({ level: 'silent' });

/** A protocol whose pulls and pushes are live at once; `calls` has what was asked of it. */
function protocol(name: string, calls: string[], begin: (options: LinkOptions) => void = ({ onLive }) => setImmediate(onLive)): Plugin {
  const link = (what: string, options: LinkOptions): Link => {
    calls.push(`${what} ${options.url}`);
    begin(options);
    return { bytes: 0, close: () => calls.push(`close ${what}`) };
  };
  return definePlugin({
    name,
    version: '1.0.0',
    config: z.strictObject({ port: z.int().default(7) }),
    rehearsal: { config: { port: 0 }, source },
    setup(ctx, config) {
      calls.push(`setup ${config.port} on ${ctx.engine.settings.host}`);
      ctx.extend(streamClients, {
        name,
        schemes: [name],
        target: () => ({ host: '', port: 0, secure: false, path: '', query: {} }),
        localUrl: (_addresses, path) => `${name}://here/${path}`,
        pull: (options) => link('pull', options),
        push: (options) => link('push', options),
      });
      ctx.onDispose(() => void calls.push('disposed'));
    },
  }) as unknown as Plugin;
}

describe('a rehearsal', () => {
  let data: string;
  beforeEach(() => {
    data = mkdtempSync(join(tmpdir(), 'sluice-rehearsal-'));
  });
  afterEach(() => rmSync(data, { recursive: true }));

  it('pushes and pulls with every protocol, in an engine that is gone afterwards', async () => {
    const calls: string[] = [];
    expect(await rehearse([protocol('one', calls)], { data, logger, rounds: 2, budgetMs: 60_000 })).toBe(2);
    expect(calls).toEqual([
      'setup 0 on 127.0.0.1',
      'push one://here/rehearsal/pushed/one',
      'pull one://here/rehearsal/source',
      'close pull',
      'pull one://here/rehearsal/source',
      'close pull',
      'close push',
      'disposed',
    ]);
    expect(readdirSync(data)).toEqual([]);
  });

  it('goes on without a protocol that fails', async () => {
    const calls: string[] = [];
    const failing = protocol('two', [], ({ onEnd }) => setImmediate(onEnd));
    expect(await rehearse([protocol('one', calls), failing], { data, logger, rounds: 3, budgetMs: 60_000 })).toBe(3);
  });

  it('keeps nobody from starting: a plugin that fails to set up ends it', async () => {
    const broken = definePlugin({
      name: 'broken',
      version: '1.0.0',
      rehearsal: { config: {} },
      setup: () => {
        throw new Error('no');
      },
    });
    expect(await rehearse([broken as unknown as Plugin, protocol('one', [])], { data, logger })).toBe(0);
  });

  it('begins no join when its time is over', async () => {
    const calls: string[] = [];
    expect(await rehearse([protocol('one', calls)], { data, logger, budgetMs: 0 })).toBe(0);
    expect(calls).toContain('disposed');
  });

  it('has nothing to play where no plugin has a source', async () => {
    const calls: string[] = [];
    const silent = { ...protocol('one', calls), rehearsal: { config: { port: 0 } } } as unknown as Plugin;
    expect(await rehearse([silent], { data, logger })).toBe(0);
    expect(calls).toEqual([]);
  });

  it('leaves out plugins that may not, and those whose needs are not met then', () => {
    const token = service<object>('thing');
    const may = definePlugin({ name: 'may', version: '1.0.0', rehearsal: { config: {} }, setup: () => {} }) as unknown as Plugin;
    const mayNot = definePlugin({ name: 'may-not', version: '1.0.0', provides: [token], setup: () => {} }) as unknown as Plugin;
    const needs = definePlugin({ name: 'needs', version: '1.0.0', requires: [token], rehearsal: { config: {} }, setup: () => {} }) as unknown as Plugin;
    expect(castOf([may, mayNot, needs])).toEqual([may]);
  });
});
