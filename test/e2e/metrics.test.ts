import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './support/paths.js';
import { describeWith, killAll, run, start } from './support/programs.js';
import { type Server, startServer } from './support/server.js';

const DASHBOARD = join(root, 'examples/grafana/sluice.json');
const METRIC = /\b(?:sluice|process|nodejs)_[a-z_0-9]+/g;

interface Dashboard {
  readonly panels: readonly { readonly title: string; readonly targets?: readonly { readonly expr: string }[] }[];
}

describeWith({ programs: ['ffmpeg', 'curl'] }, 'metrics', () => {
  let server: Server;
  beforeAll(async () => {
    server = await startServer('all-in-one', [
      'synthetic.streams=[{ path: live/demo }]',
      'api.keys=[{ id: scrape, key: another-key-of-a-scraper, role: read }]',
    ]);
  }, 60_000);
  afterAll(async () => {
    await server?.stop();
    await killAll();
  }, 30_000);

  const scrape = async (): Promise<string> => {
    const { stdout } = await run('curl', ['-sS', '-H', 'authorization: Bearer another-key-of-a-scraper', server.url('http', 'metrics')]);
    return stdout.toString();
  };

  it('are for those with a key, of whatever role', async () => {
    const { stdout } = await run('curl', ['-sS', '-w', '%{http_code}', server.url('http', 'metrics')]);
    expect(stdout.toString()).toMatch(/ERR_UNAUTHORIZED.*401$/);
    expect(await scrape()).toMatch(/^sluice_info\{version="[\d.]+"\} 1$/m);
  });

  it('are all that the dashboard draws', async () => {
    const text = await scrape();
    const shown = new Set([...text.matchAll(/^# TYPE (\S+) /gm)].map(([, name]) => name));
    const { panels } = JSON.parse(readFileSync(DASHBOARD, 'utf8')) as Dashboard;
    const drawn = new Set(panels.flatMap(({ targets = [] }) => targets.flatMap(({ expr }) => expr.match(METRIC) ?? [])));
    expect(drawn.size).toBeGreaterThan(20);
    expect([...drawn].filter((name) => !shown.has(name))).toEqual([]);
  });

  it('count viewers by protocol, ports and states', async () => {
    const viewer = start('ffmpeg', ['-v', 'error', '-nostats', '-progress', 'pipe:1', '-i', server.url('rtmp', 'live/demo'), '-c', 'copy', '-f', 'null', '-']);
    await viewer.wrote(/out_time_ms=[1-9]/);
    const text = await scrape();
    expect(text).toContain('sluice_sessions{kind="viewer",protocol="rtmp"} 1');
    expect(text).toContain('sluice_listening_ports{plugin="rtmp",protocol="tcp"} 1');
    expect(text).toContain('sluice_rtp_ports_used 0');
    expect(text).toContain('sluice_rtp_leases 0');
    expect(text).toContain('sluice_sip_dialogs 0');
    expect(text).toContain('sluice_pulls{state="live"} 0');
    expect(text).toContain('sluice_gb28181_devices{state="online"} 0');
    expect(text).not.toContain('sluice_plugins{state="faulty"}');
    expect(text).toMatch(/^process_open_fds \d+$/m);
    await viewer.stop();
  }, 30_000);
});
