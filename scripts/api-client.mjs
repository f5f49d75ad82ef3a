// Writes plugins/api-client/openapi.json, the document of the preset with everything, and its types in TypeScript. A test tells when it is to be run again.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createEngine } from '@sluice/core';
import openapiTypescript, { astToString } from 'openapi-typescript';
import { root } from './workspaces.mjs';

const folder = join(root, 'plugins/api-client');
const PREFIX = '/api/v1';

async function readDocument() {
  const data = mkdtempSync(join(tmpdir(), 'sluice-'));
  const config = {
    engine: { data, host: '127.0.0.1' },
    http: { port: 0 },
    rtmp: { port: 0 },
    rtsp: { port: 0, udpPort: 0 },
    gb28181: { sip: { port: 0 } },
    'rtp-ps': { port: 0 },
  };
  const { default: preset } = await import('@sluice/preset-all-in-one');
  const engine = await createEngine({ preset, config });
  try {
    await engine.start();
    const { port } = engine.addresses.find(({ name }) => name === 'http');
    return await (await fetch(`http://127.0.0.1:${port}${PREFIX}/openapi.json`)).json();
  } finally {
    await engine.stop();
    rmSync(data, { recursive: true, force: true });
  }
}

/** A line for each path and each schema: short enough to keep, and a change shows where it is. */
function linePerPart({ paths, components, ...rest }) {
  const lines = (parts) =>
    Object.entries(parts)
      .map(([name, part]) => `${JSON.stringify(name)}: ${JSON.stringify(part)}`)
      .join(',\n');
  const { schemas, ...others } = components;
  const head = Object.entries(rest).map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`);
  const components_ = Object.entries(others).map(([name, value]) => `${JSON.stringify(name)}: ${JSON.stringify(value)}`);
  return `{\n${head.join(',\n')},\n"components": {\n${components_.join(',\n')},\n"schemas": {\n${lines(schemas)}\n}\n},\n"paths": {\n${lines(paths)}\n}\n}\n`;
}

/** For types, calls are relative to the API, all failures are one, and nobody reads examples. */
function forTypes(document) {
  const failure = { description: 'failed', content: { 'application/json': { schema: { $ref: '#/components/schemas/Error' } } } };
  const paths = {};
  for (const [path, item] of Object.entries(document.paths)) {
    const operations = Object.entries(item).map(([method, { description: _role, ...operation }]) => {
      const good = Object.entries(operation.responses).filter(([status]) => status < '400');
      return [method, { ...operation, responses: { ...Object.fromEntries(good), default: failure } }];
    });
    paths[path.slice(PREFIX.length)] = Object.fromEntries(operations);
  }
  return JSON.parse(JSON.stringify({ ...document, paths }), (key, value) => (key === 'example' || key === 'examples' ? undefined : value));
}

const document = await readDocument();
writeFileSync(join(folder, 'openapi.json'), linePerPart(document));
const types = astToString(await openapiTypescript(forTypes(document), { defaultNonNullable: false }));
writeFileSync(join(folder, 'src/schema.ts'), `// Made of openapi.json by scripts/api-client.mjs.\n\n${types}`);
execFileSync(process.execPath, [join(root, 'node_modules/@biomejs/biome/bin/biome'), 'check', '--write', join(folder, 'src/schema.ts')], { stdio: 'inherit' });
