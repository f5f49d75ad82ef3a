import { execFile } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { cache, peersFolder, root, sourceFile, toolsFolder } from './paths.js';

const run = promisify(execFile);
const PEERS = join(root, 'test/bench/peers');

// Not cpSync: the originals may be read-only, the copies must not be.
function copySources(from: string): void {
  for (const entry of readdirSync(from, { recursive: true, withFileTypes: true })) {
    const source = join(entry.parentPath, entry.name);
    if (!entry.isFile() || /\/(bin|node_modules)\//.test(source)) continue;
    const target = join(toolsFolder, source.slice(from.length));
    const { atime, mtime, mtimeMs } = statSync(source);
    if (existsSync(target) && statSync(target).mtimeMs === mtimeMs) continue;
    mkdirSync(dirname(target), { recursive: true });
    writeFileSync(target, readFileSync(source));
    utimesSync(target, atime, mtime);
  }
}

async function build(from: string): Promise<void> {
  if (!existsSync(join(from, 'src/fanout.c'))) throw new Error(`no load tools in ${from}: name their folder with --tools`);
  copySources(from);
  await run('make', ['-C', toolsFolder, 'bin/fanout', 'bin/publish', 'bin/pssend', 'bin/floor', 'bin/calib']);
}

/** 1080p25, constant 2 Mbit/s, a key frame every 2 s, no B frames; AAC 44.1 kHz mono. */
async function makeSource(): Promise<void> {
  if (existsSync(sourceFile)) return;
  const input = ['-f', 'lavfi', '-i', 'testsrc2=size=1920x1080:rate=25', '-f', 'lavfi', '-i', 'sine=frequency=440:sample_rate=44100', '-t', '20'];
  const rate = ['-b:v', '2000k', '-minrate', '2000k', '-maxrate', '2000k', '-bufsize', '1000k'];
  const gop = ['-g', '50', '-keyint_min', '50', '-sc_threshold', '0', '-bf', '0', '-x264opts', 'nal-hrd=cbr:force-cfr=1'];
  const video = ['-vf', 'noise=alls=12:allf=t', '-c:v', 'libx264', '-preset', 'veryfast', '-profile:v', 'main', '-pix_fmt', 'yuv420p'];
  const audio = ['-c:a', 'aac', '-b:a', '48k', '-ac', '1', '-ar', '44100'];
  const unfinished = `${sourceFile}.part`;
  await run('ffmpeg', ['-v', 'error', '-y', ...input, ...video, ...rate, ...gop, ...audio, '-f', 'flv', unfinished]);
  renameSync(unfinished, sourceFile);
}

/** The lock file that was installed is kept beside what it installed. */
async function installPeers(): Promise<void> {
  const lock = readFileSync(join(PEERS, 'package-lock.json'), 'utf8');
  const installed = join(peersFolder, 'node_modules/.installed-lock.json');
  if (existsSync(installed) && readFileSync(installed, 'utf8') === lock) return;
  mkdirSync(peersFolder, { recursive: true });
  for (const file of ['package.json', 'package-lock.json']) cpSync(join(PEERS, file), join(peersFolder, file));
  await run('npm', ['ci', '--no-audit', '--no-fund', '--ignore-scripts'], { cwd: peersFolder });
  writeFileSync(installed, lock);
}

/** Compiles the load tools, makes the source stream and installs the peers of npm, each where it is not there yet. */
export async function prepare(from: string, say: (line: string) => void): Promise<void> {
  mkdirSync(cache, { recursive: true });
  await build(from);
  await makeSource();
  try {
    await installPeers();
  } catch (error) {
    say(`node-media-server is left out, it could not be installed: ${error instanceof Error ? error.message : String(error)}`);
  }
}
