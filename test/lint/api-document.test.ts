import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Validator } from '@seriousme/openapi-schema-validator';
import { startTestEngine, type TestEngine } from '@sluice/core/testing';
import { httpService } from '@sluice/plugin-http/service';
import allInOne from '@sluice/preset-all-in-one';
import gateway from '@sluice/preset-gateway';
import server from '@sluice/preset-server';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { root } from './sources.js';

const PREFIX = '/api/v1';
const ANY_PORT = { http: { port: 0 }, rtmp: { port: 0 }, rtsp: { port: 0, udpPort: 0 } };
const GATEWAY = { gb28181: { sip: { port: 0 } }, 'rtp-ps': { port: 0 } };
const PRESETS = [
  { preset: gateway, config: { ...ANY_PORT, ...GATEWAY } },
  { preset: server, config: ANY_PORT },
  { preset: allInOne, config: { ...ANY_PORT, ...GATEWAY } },
];

interface Media {
  readonly schema: object;
  readonly example?: unknown;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}
interface Answer {
  readonly description: string;
  readonly content?: Readonly<Record<string, Media>>;
}
interface Parameter {
  readonly in: string;
  readonly name: string;
  readonly example?: unknown;
  readonly description?: string;
}
interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly tags: readonly string[];
  readonly security: readonly { readonly key: readonly string[] }[];
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly required: boolean; readonly content: Readonly<Record<string, Media>> };
  readonly responses: Readonly<Record<string, Answer>>;
}
interface Document {
  readonly info: object;
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, { readonly examples?: readonly unknown[] }>> };
}

let engine: TestEngine;
let document: Document;
let operations: readonly [name: string, operation: Operation][];
async function start({ preset, config }: (typeof PRESETS)[number]): Promise<void> {
  engine = await startTestEngine({ preset, config });
  const port = engine.addresses.find(({ name }) => name === 'http')?.port;
  document = (await (await fetch(`http://127.0.0.1:${port}${PREFIX}/openapi.json`)).json()) as Document;
  operations = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]): [string, Operation] => [`${method.toUpperCase()} ${path}`, operation]),
  );
}

/** Every example with the schema that it is one of. */
function examples(): { readonly of: string; readonly schema: object; readonly value: unknown }[] {
  const ofMedia = (of: string, { schema, example, examples: several = {} }: Media) => [
    ...(example === undefined ? [] : [{ of, schema, value: example }]),
    ...Object.values(several).map(({ value }) => ({ of, schema, value })),
  ];
  const ofOperations = operations.flatMap(([name, { requestBody, responses }]) => [
    ...Object.values(requestBody?.content ?? {}).flatMap((media) => ofMedia(`${name} body`, media)),
    ...Object.entries(responses).flatMap(([status, { content = {} }]) => Object.values(content).flatMap((media) => ofMedia(`${name} ${status}`, media))),
  ]);
  const ofSchemas = Object.entries(document.components.schemas).flatMap(([name, schema]) =>
    (schema.examples ?? []).map((value) => ({ of: name, schema: { $ref: `#/components/schemas/${name}` }, value })),
  );
  return [...ofOperations, ...ofSchemas];
}

describe.each(PRESETS)('$preset.name', (entry) => {
  beforeAll(() => start(entry), 60_000);
  afterAll(() => engine.dispose());

  it('is OpenAPI', async () => {
    expect(await new Validator().validate(JSON.parse(JSON.stringify(document)))).toEqual({ valid: true });
  });

  it('has every route', () => {
    const routes = engine.service(httpService)?.routes() ?? [];
    const wanted = routes
      .filter(({ url }) => url.startsWith(`${PREFIX}/`) && url !== `${PREFIX}/openapi.json`)
      .flatMap(({ url, methods }) =>
        methods.filter((method) => method !== 'HEAD').map((method) => `${method} ${url.replace(/\*$/, ':path').replace(/:(\w+)/g, '{$1}')}`),
      );
    expect(wanted.length).toBeGreaterThan(30);
    expect(operations.map(([name]) => name).sort()).toEqual(wanted.sort());
  });

  it('says of every route what it does, who may ask, what can go wrong, and shows examples', () => {
    const wrong = operations.flatMap(([name, { summary, operationId, tags, security, parameters = [], requestBody, responses }]) => {
      const good = Object.entries(responses).filter(([status]) => status < '300');
      const bodies = [...Object.values(requestBody?.content ?? {}), ...Object.values(responses).flatMap(({ content = {} }) => Object.values(content))];
      const complaints = {
        'no summary': !summary,
        'no operationId': !/^[a-z][A-Za-z0-9]+$/.test(operationId ?? ''),
        'no tag': tags?.length !== 1,
        'no role': !['read', 'operate', 'admin'].includes(security?.[0]?.key[0] ?? ''),
        'not one good answer': good.length !== 1,
        'no 400, 401, 403': ['400', '401', '403'].some((status) => responses[status]?.content === undefined),
        'no 413, 415 for a body': requestBody !== undefined && ['413', '415'].some((status) => responses[status]?.content === undefined),
        'an answer without description': Object.values(responses).some(({ description }) => !description || description === 'Default Response'),
        'a body without example': bodies.some(
          ({ schema, example, examples: several }) => example === undefined && several === undefined && (schema as { format?: string }).format !== 'binary',
        ),
        'a path parameter without example': parameters.some(({ in: place, example }) => place === 'path' && example === undefined),
        'a query parameter without description': parameters.some(({ in: place, description }) => place === 'query' && !description),
      };
      return Object.entries(complaints).flatMap(([complaint, so]) => (so ? [`${name}: ${complaint}`] : []));
    });
    expect(wrong).toEqual([]);
    const ids = operations.map(([, { operationId }]) => operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('has examples that are what their schemas say', () => {
    const ajv = new Ajv2020({ strict: false, allErrors: true });
    addFormats.default(ajv);
    ajv.addSchema({ $id: 'document', components: document.components });
    const checks = new Map<string, ReturnType<typeof ajv.compile>>();
    const wrong = examples().flatMap(({ of, schema, value }) => {
      const text = JSON.stringify(schema).replaceAll('#/components/', 'document#/components/');
      const check = checks.get(text) ?? ajv.compile(JSON.parse(text));
      checks.set(text, check);
      return check(value) ? [] : [`${of}: ${ajv.errorsText(check.errors)} in ${JSON.stringify(value)}`];
    });
    expect(wrong).toEqual([]);
    expect(examples().length).toBeGreaterThan(100);
  });

  it('says which bodies may be left out', () => {
    const required = Object.fromEntries(
      operations.flatMap(([, { operationId, requestBody }]) => (requestBody === undefined ? [] : [[operationId, requestBody.required]])),
    );
    expect(required).toMatchObject({ playChannel: false, createPull: true });
  });

  it('pages every list', () => {
    const lists = operations.filter(([, { responses }]) => JSON.stringify(responses['200']?.content ?? {}).includes('"items":{"type":"array"'));
    expect(lists.length).toBeGreaterThan(6);
    const names = (operation: Operation) => (operation.parameters ?? []).filter(({ in: place }) => place === 'query').map(({ name }) => name);
    expect(lists.filter(([, operation]) => !['limit', 'cursor'].every((name) => names(operation).includes(name))).map(([name]) => name)).toEqual([]);
  });
});

it('the client was made of the document of today: npm run api-client', async () => {
  await start(PRESETS[2] as (typeof PRESETS)[number]);
  await engine.dispose();
  const folder = join(root, 'plugins/api-client');
  const { info: _version, ...kept } = JSON.parse(readFileSync(join(folder, 'openapi.json'), 'utf8')) as Document;
  const { info: _now, ...today } = document;
  expect(kept).toEqual(today);
}, 60_000);
