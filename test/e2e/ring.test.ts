import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compare } from '../conformance/compare.js';
import { publishRtmp } from '../conformance/inputs.js';
import { allMaterials, type Film, type Material, makeFilm } from '../conformance/materials.js';
import { type Site, startSite } from '../conformance/site.js';
import { readUnits } from '../conformance/units.js';
import { describeWith, killAll } from './support/programs.js';

const SECONDS = 2.2;
const SCHEMES = ['rtmp', 'rtsp'] as const;
const [MATERIAL] = allMaterials as readonly [Material, ...Material[]];

/** Streams `live/BY.AND-BY`: how they are pushed on, and how they are pulled. */
const hops = SCHEMES.flatMap((pushed) => SCHEMES.map((pulled) => [pushed, pulled] as const));
const rules = (key: string, match: (scheme: string) => string, to: Site): string => {
  const all = SCHEMES.map((scheme) => `{ match: '${match(scheme)}', url: '${to.url(scheme, '{path}')}' }`);
  return `relay.${key}=[${all.join(', ')}]`;
};

// What each of them adds to the delay is a figure of `npm run bench -- --scenario ring`.
describeWith({ programs: ['ffmpeg'] }, 'a gateway that forwards to a server that another one pulls from', () => {
  let folder: string;
  let film: Film;
  let chain: readonly [gateway: Site, server: Site, last: Site];

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-ring-'));
    film = await makeFilm(MATERIAL, folder);
    const server = await startSite('server');
    const gateway = startSite('gateway', [rules('pushes', (scheme) => `live/${scheme}.*`, server)]);
    const last = startSite('server', [rules('sources', (scheme) => `live/*.${scheme}`, server)]);
    chain = [await gateway, server, await last];
    await Promise.all(hops.map(([pushed, pulled]) => publishRtmp(chain[0], film, `live/${pushed}.${pulled}`)));
  }, 90_000);
  afterAll(async () => {
    await Promise.all(chain.map((site) => site.stop()));
    await killAll();
    rmSync(folder, { recursive: true, force: true });
  }, 30_000);

  it.each(hops)(
    'pushed by %s and pulled by %s: the same units at the end',
    async (pushed, pulled) => {
      const [, , last] = chain;
      const path = `live/${pushed}.${pulled}`;
      const flv = await readUnits(last.url('http', `${path}.flv`), MATERIAL, folder, { seconds: SECONDS, input: ['-rw_timeout', '10000000'] });
      expect(compare(film.units, flv, { hasDts: true })).toEqual([]);
      const rtsp = await readUnits(last.url('rtsp', path), MATERIAL, folder, { seconds: SECONDS, input: ['-rtsp_transport', 'tcp'] });
      expect(compare(film.units, rtsp, { hasDts: false })).toEqual([]);
    },
    30_000,
  );
});
