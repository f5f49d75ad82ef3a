import { mkdtempSync, readFileSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { root } from './paths.js';
import { type Ended, type Running, run, start } from './programs.js';

const folder = join(root, 'test/e2e/scenarios');

/** A camera played by SIPp. */
export interface SippCamera {
  readonly id: string;
  /** Its own SIP port. */
  readonly port: number;
  /** Where the platform is: `host:port`. */
  readonly platform: string;
  readonly transport: 'udp' | 'tcp';
  /** Its own address. Default 127.0.0.1. */
  readonly host?: string;
}

function scenario(name: string, values: Readonly<Record<string, string>>): string {
  const text = readFileSync(join(folder, name), 'utf8');
  const file = join(mkdtempSync(join(tmpdir(), 'sluice-sipp-')), name);
  writeFileSync(
    file,
    Object.entries(values).reduce((filled, [key, value]) => filled.replaceAll(key, value), text),
  );
  return file;
}

const common = (camera: SippCamera, file: string): string[] => {
  const transport = camera.transport === 'udp' ? 'u1' : 't1';
  return ['-sf', file, '-s', camera.id, '-i', camera.host ?? '127.0.0.1', '-p', String(camera.port), '-t', transport, '-nostdin', camera.platform];
};

/** Registers; `status` is the final answer that is expected. Its exit code is 0 when that came. */
export function register(camera: SippCamera, password: string, status = 200): Promise<Ended> {
  const file = scenario('register.xml', { DEVICE: camera.id, PASSWORD: password, STATUS: String(status) });
  return run('sipp', [...common(camera, file), '-m', '1', '-timeout', '20s', '-timeout_error'], { timeoutMs: 30_000 });
}

/** Sends one keepalive. */
export function keepalive(camera: SippCamera, status = 200): Promise<Ended> {
  const file = scenario('keepalive.xml', { STATUS: String(status) });
  return run('sipp', [...common(camera, file), '-m', '1', '-timeout', '20s', '-timeout_error'], { timeoutMs: 30_000 });
}

/** A line of an injection file for each of many cameras. */
function injection(ids: readonly string[], password: string): string {
  const file = join(mkdtempSync(join(tmpdir(), 'sluice-sipp-')), 'ids.csv');
  writeFileSync(file, ['SEQUENTIAL', ...ids.map((id) => `${id};[authentication username=${id} password=${password}]`), ''].join('\n'));
  return file;
}

/** Many cameras behind one address and port, `rate` of them in a second. Exit code 0 when all got what they expect. */
function many(camera: Omit<SippCamera, 'id'>, file: string, ids: readonly string[], password: string, rate: number, lostPercent = 0): Promise<Ended> {
  const load = ['-inf', injection(ids, password), '-r', String(rate), '-m', String(ids.length), '-l', '1000', '-timeout', '60s', '-timeout_error'];
  if (lostPercent > 0) load.push('-lost', String(lostPercent));
  return run('sipp', [...common({ ...camera, id: 'many' }, file), ...load], { timeoutMs: 90_000 });
}

/** Registers many cameras. Of what they send and get `lostPercent` is lost. */
export function registerMany(camera: Omit<SippCamera, 'id'>, ids: readonly string[], password: string, rate: number, lostPercent = 0): Promise<Ended> {
  return many(camera, join(folder, 'register-many.xml'), ids, password, rate, lostPercent);
}

/** A keepalive of each of many cameras. */
export function keepaliveMany(camera: Omit<SippCamera, 'id'>, ids: readonly string[], rate: number, status = 200): Promise<Ended> {
  return many(camera, scenario('keepalive-many.xml', { STATUS: String(status) }), ids, '-', rate);
}

/** Where the platform wants the media. */
export interface Invited {
  readonly host: string;
  readonly port: number;
  readonly transport: 'udp' | 'tcp';
  readonly ssrc: number;
}

/** A camera that answers queries and INVITEs until it is stopped. */
export interface AnsweringCamera {
  readonly program: Running;
  readonly invited: Promise<Invited>;
  readonly byed: Promise<void>;
  /** INVITEs so far. */
  invites(): number;
  /** Resolves when something it was told matches. */
  logged(pattern: RegExp): Promise<RegExpMatchArray>;
}

/** A file that a scenario appends to with `echo`: SIPp's own log is buffered. */
function openLog(): { readonly file: string; until(pattern: RegExp): Promise<RegExpMatchArray> } {
  const logFolder = mkdtempSync(join(tmpdir(), 'sluice-sipp-'));
  const file = join(logFolder, 'log');
  writeFileSync(file, '');
  const until = (pattern: RegExp): Promise<RegExpMatchArray> =>
    new Promise((resolve) => {
      const look = (): void => {
        const match = readFileSync(file, 'utf8').match(pattern);
        if (match === null) return;
        watcher.close();
        resolve(match);
      };
      const watcher = watch(logFolder, look).unref();
      look();
    });
  return { file, until };
}

/** `name`: a scenario that logs what it is told. */
export function answer(camera: SippCamera, name = 'camera.xml'): AnsweringCamera {
  const log = openLog();
  const program = start('sipp', common(camera, scenario(name, { LOGFILE: log.file, DEVICE: camera.id })));
  const logged = log.until;
  const invited = logged(/INVITE (\S+) (\d+) (\S+) (\d+)/).then(([, host = '', port, profile = '', ssrc]) => ({
    host,
    port: Number(port),
    transport: profile.startsWith('TCP') ? ('tcp' as const) : ('udp' as const),
    ssrc: Number(ssrc),
  }));
  return { program, invited, byed: logged(/BYE/).then(() => undefined), invites: () => readFileSync(log.file, 'utf8').split('INVITE').length - 1, logged };
}

/** A platform that one camera registers at, until it is stopped. */
export interface RegisteringPlatform {
  readonly program: Running;
  /** Resolves when the camera is registered (its credentials were verified) for so many seconds; 0: taken off. */
  registered(seconds: number): Promise<void>;
}

/** SIPp as a platform on `port`. */
export function platform(port: number, id: string, password: string): RegisteringPlatform {
  const log = openLog();
  const file = scenario('platform.xml', { DEVICE: id, PASSWORD: password, LOGFILE: log.file });
  // Signing off has the Call-ID of the registration, which SIPp would not hear for half a minute.
  const program = start('sipp', ['-sf', file, '-i', '127.0.0.1', '-p', String(port), '-deadcall_wait', '0', '-nostdin']);
  return { program, registered: (seconds) => log.until(new RegExp(`REGISTERED ${seconds}\n`)).then(() => undefined) };
}

/** SIPp invites a camera at `cameraPort`, wants its media at `mediaPort` for three seconds, and says BYE. Exit code 0 when all went well. */
export async function inviteCamera(id: string, cameraPort: number, localPort: number, mediaPort: number): Promise<Ended> {
  const file = scenario('invite.xml', { DEVICE: id, MEDIAPORT: String(mediaPort) });
  const args = ['-sf', file, '-i', '127.0.0.1', '-p', String(localPort), '-m', '1', '-nostdin', '-timeout', '20s', '-timeout_error', `127.0.0.1:${cameraPort}`];
  return run('sipp', args, { timeoutMs: 30_000 });
}
