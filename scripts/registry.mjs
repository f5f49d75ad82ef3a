// A registry on this machine, with what the repository would publish and all the rest from npm's own: `npm run registry [-- PORT]`. With
// `npm_config_registry` set to its address every `npm install` and `npm create` of the documentation works as it will once Sluice is published. The
// packages must be compiled.
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { packAll } from './pack-all.mjs';
import { workspaces } from './workspaces.mjs';

const DEFAULT_PORT = 4873;
const UPSTREAM = 'https://registry.npmjs.org';

const port = Number(process.argv[2] ?? DEFAULT_PORT);
const address = `http://127.0.0.1:${port}`;
const folder = mkdtempSync(join(tmpdir(), 'sluice-registry-'));
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => process.exit(0));

const manifests = new Map(workspaces().map(({ manifest }) => [manifest.name, manifest]));
const answers = new Map();
for (const [name, path] of Object.entries(await packAll(folder))) {
  const manifest = manifests.get(name);
  const bytes = readFileSync(path);
  const file = `/tarballs/${basename(path)}`;
  const integrity = `sha512-${createHash('sha512').update(bytes).digest('base64')}`;
  const version = { ...manifest, dist: { tarball: `${address}${file}`, integrity } };
  answers.set(file, bytes);
  answers.set(`/${name}`, JSON.stringify({ name, 'dist-tags': { latest: manifest.version }, versions: { [manifest.version]: version } }));
}

const server = createServer(({ url = '/' }, response) => {
  const answer = answers.get(decodeURIComponent(url));
  // Packed anew, a version has other bytes: nothing of it is to be kept.
  if (answer === undefined) response.writeHead(302, { location: `${UPSTREAM}${url}` }).end();
  else
    response
      .writeHead(200, { 'content-type': url.startsWith('/tarballs/') ? 'application/octet-stream' : 'application/json', 'cache-control': 'no-store' })
      .end(answer);
});
server.on('error', ({ code, message }) => {
  console.error(code === 'EADDRINUSE' ? `port ${port} is in use: npm run registry -- PORT takes another one` : message);
  process.exit(1);
});
server.listen(port, '127.0.0.1', () => {
  console.log(`${answers.size / 2} packages of Sluice, and the rest from ${UPSTREAM}; ends with Ctrl-C. Where they are to be installed:\n`);
  console.log(`  export npm_config_registry=${address}`);
});
