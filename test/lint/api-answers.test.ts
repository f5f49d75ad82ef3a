import { startTestEngine, type TestEngine } from '@sluice/core/testing';
import allInOne from '@sluice/preset-all-in-one';
import fc from 'fast-check';

const KEY = 'admin-key-of-this-test';
const CALLS = 400;

interface Operation {
  readonly parameters?: readonly { readonly in: string; readonly name: string; readonly example?: unknown }[];
  readonly requestBody?: {
    readonly content: {
      readonly 'application/json': { readonly example?: unknown; readonly examples?: Readonly<Record<string, { readonly value: unknown }>> };
    };
  };
  readonly responses: Readonly<Record<string, unknown>>;
}
interface Call {
  readonly method: string;
  readonly path: string;
  readonly operation: Operation;
}

let engine: TestEngine;
let base: string;
let calls: readonly Call[];
beforeAll(async () => {
  const config = {
    http: { port: 0 },
    rtmp: { port: 0 },
    rtsp: { port: 0, udpPort: 0 },
    gb28181: { sip: { port: 0 } },
    'rtp-ps': { port: 0 },
    api: { key: KEY },
  };
  engine = await startTestEngine({ preset: allInOne, config });
  base = `http://127.0.0.1:${engine.addresses.find(({ name }) => name === 'http')?.port}`;
  const document = (await (await fetch(`${base}/api/v1/openapi.json`)).json()) as { paths: Record<string, Record<string, Operation>> };
  calls = Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ method: method.toUpperCase(), path, operation })),
  );
}, 60_000);
afterAll(() => engine.dispose());

/** An example of a body with something else in place of one of its values; its hosts are here, where nobody may connect to. */
function body({ requestBody }: Operation): fc.Arbitrary<unknown> {
  const { example, examples = {} } = requestBody?.content['application/json'] ?? {};
  const known = [...(example === undefined ? [] : [example]), ...Object.values(examples).map(({ value }) => value)];
  if (known.length === 0) return fc.jsonValue();
  const here = JSON.parse(JSON.stringify(known).replace(/media\.example|192\.0\.2\.\d+/g, '127.0.0.1')) as Record<string, unknown>[];
  const changed = fc
    .constantFrom(...here)
    .chain((one) => fc.tuple(fc.constantFrom(...Object.keys(one)), fc.jsonValue()).map(([name, value]) => ({ ...one, [name]: value })));
  return fc.oneof(fc.jsonValue(), changed);
}

const text = fc.oneof(fc.string({ minLength: 1, maxLength: 40 }), fc.constantFrom('..', '%00', '1', 'live/none', '34020000001310000001', '-1', '\u0000', '/'));

/** A call of the document, filled with what nobody expects. */
function anyCall(): fc.Arbitrary<{ readonly call: Call; readonly url: string; readonly sent: string | undefined }> {
  return fc.constantFrom(...calls.filter(({ path }) => !path.endsWith('/events'))).chain((call) => {
    const { parameters = [], requestBody } = call.operation;
    const values = fc.record(Object.fromEntries(parameters.map(({ name }) => [name, fc.option(text)])));
    return fc.tuple(values, requestBody === undefined ? fc.constant(undefined) : body(call.operation)).map(([given, sent]) => {
      const path = call.path.replace(/\{(\w+)\}/g, (_all, name: string) =>
        encodeURIComponent(String(given[name] ?? parameters.find((one) => one.name === name)?.example)),
      );
      const query = parameters
        .filter((one) => one.in === 'query' && given[one.name] != null)
        .map(({ name }) => `${name}=${encodeURIComponent(String(given[name]))}`);
      return { call, url: `${base}${path}?${query.join('&')}`, sent: sent === undefined ? undefined : JSON.stringify(sent) };
    });
  });
}

it('answers whatever it is asked with what its document has, and never with a failure of its own', async () => {
  await fc.assert(
    fc.asyncProperty(anyCall(), async ({ call, url, sent }) => {
      const headers = { authorization: `Bearer ${KEY}`, ...(sent === undefined ? {} : { 'content-type': 'application/json' }) };
      const answer = await fetch(url, { method: call.method, headers, ...(sent === undefined ? {} : { body: sent }) });
      const said = await answer.text();
      const where = `${call.method} ${url} ${sent ?? ''}: ${answer.status} ${said}`;
      // A name that is empty, or leads out of its place, makes another call of it.
      if (answer.status === 404 && said.includes('ERR_NOT_FOUND')) return;
      if (!Object.hasOwn(call.operation.responses, answer.status)) throw new Error(`not in the document: ${where}`);
      if (answer.status >= 400 && !/^\{"error":\{"code":"ERR_[A-Z0-9_]+","message":".+"\}\}$/.test(said)) throw new Error(`not the form of errors: ${where}`);
    }),
    { numRuns: CALLS, seed: 28_181 },
  );
}, 120_000);
