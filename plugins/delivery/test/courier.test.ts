import { createServer, type Server } from 'node:http';
import { FakeClock } from '@sluice/core/testing';
import { Courier, type CourierOptions, type Failure, type Message, post } from '../src/index.js';

interface Named extends Message {
  readonly name: string;
}
const message = (name: string, lane = 'a'): Named => ({ name, lane, bytes: 1, failures: 0 });
const turn = () => new Promise((resolve) => setImmediate(resolve));

const silent: Failure = { reason: 'nobody', refused: false, answered: false };
const refused: Failure = { reason: 'status 400', refused: true, answered: true };

function courier(send: CourierOptions<Named>['send']) {
  const clock = new FakeClock();
  const told: string[] = [];
  const made = new Courier<Named>({
    clock,
    maxInFlight: 2,
    timeoutMs: 5000,
    givesUp: ({ failures }, failure) => failure.refused && failures === 1,
    maxMessages: 10,
    maxBytes: 1000,
    retryIntervalMs: 1000,
    maxRetryIntervalMs: 60_000,
    send,
    onDelivered: ({ name }) => told.push(`delivered ${name}`),
    onFailed: ({ name }) => told.push(`failed ${name}`),
    onGivenUp: ({ name }) => told.push(`given up ${name}`),
    onDropped: ({ name }) => told.push(`dropped ${name}`),
  });
  return { clock, told, courier: made };
}

describe('courier', () => {
  it('sends so many at a time, and the messages of a lane one after the other', async () => {
    const open: { name: string; answer: (failure?: Failure) => void }[] = [];
    const { courier: made, told } = courier(({ name }) => new Promise((resolve) => open.push({ name, answer: resolve })));
    for (const each of [message('a1'), message('a2'), message('b1', 'b'), message('c1', 'c')]) made.push(each);
    expect(open.map(({ name }) => name)).toEqual(['a1', 'b1']);
    open[1]?.answer();
    await turn();
    expect(open.map(({ name }) => name)).toEqual(['a1', 'b1', 'c1']);
    open[0]?.answer();
    await turn();
    expect(open.map(({ name }) => name)).toEqual(['a1', 'b1', 'c1', 'a2']);
    expect(told).toEqual(['delivered b1', 'delivered a1']);
  });

  it('ends a try that takes too long, and tries again', async () => {
    let tries = 0;
    const {
      courier: made,
      told,
      clock,
    } = courier((_, signal) => new Promise((resolve) => (++tries === 2 ? resolve(undefined) : signal.addEventListener('abort', () => resolve(silent)))));
    made.push(message('a'));
    clock.advance(5000);
    await turn();
    expect(told).toEqual(['failed a']);
    clock.advance(1000);
    await turn();
    expect([told, made.size]).toEqual([['failed a', 'delivered a'], 0]);
  });

  it('gives up what is refused, and goes on with the lane', async () => {
    const { courier: made, told, clock } = courier(({ name }) => Promise.resolve(name === 'bad' ? refused : undefined));
    for (const name of ['bad', 'good']) made.push(message(name));
    await turn();
    clock.advance(1000);
    await turn();
    expect(told).toEqual(['failed bad', 'given up bad', 'delivered good']);
  });

  it('brings all at once when a receiver is back', async () => {
    let up = false;
    const { courier: made, told, clock } = courier(() => Promise.resolve(up ? undefined : silent));
    for (const lane of ['a', 'b', 'c', 'd']) made.push(message(lane, lane));
    for (let minute = 0; minute < 5; minute++) {
      clock.advance(60_000);
      await turn();
    }
    up = true;
    told.length = 0;
    // The soonest is due within one wait; it takes the others along, in the same moment.
    for (let step = 0; step < 600 && told.length === 0; step++) {
      clock.advance(100);
      await turn();
    }
    for (let step = 0; step < 8; step++) await turn();
    expect([told.length, made.size]).toEqual([4, 0]);
  });

  it('closes when nothing more can arrive in time', async () => {
    const { courier: made, clock } = courier(() => Promise.resolve(silent));
    made.push(message('a'));
    await turn();
    clock.advance(1000);
    await turn();
    // Its next try is a second or two off.
    await made.close(500);
    expect([made.size, clock.pending]).toEqual([1, 0]);
  });
});

describe('post', () => {
  let server: Server;
  let base: string;
  const seen: { url: string; authorization: string | undefined }[] = [];
  beforeAll(async () => {
    server = createServer((request, response) => {
      const url = request.url ?? '';
      seen.push({ url, authorization: request.headers.authorization });
      response.writeHead(Number(url.slice(1, 4)), { location: '/200' }).end('x');
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const address = server.address();
    base = `127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
  });
  afterAll(() => server.close());
  const send = (url: string) => post(url, { headers: {}, body: '{}', signal: new AbortController().signal });

  it.each([
    [200, undefined],
    [204, undefined],
    [302, { refused: false, answered: true }],
    [400, { refused: true, answered: true }],
    [429, { refused: false, answered: true }],
    [503, { refused: false, answered: true }],
  ])('%d', async (status, expected) => {
    seen.length = 0;
    const failure = await send(`http://${base}/${status}?token=T`);
    if (expected === undefined) expect(failure).toBeUndefined();
    else expect(failure).toMatchObject({ ...expected, reason: `status ${status} of http://${base}/${status}?token=***` });
    expect(seen).toHaveLength(1);
  });
  it('makes credentials of the URL a header, and shows them nowhere', async () => {
    seen.length = 0;
    const failure = await send(`http://u:p%40@${base}/500`);
    expect(seen[0]?.authorization).toBe(`Basic ${Buffer.from('u:p@').toString('base64')}`);
    expect(failure?.reason).toBe(`status 500 of http://***@${base}/500`);
  });
  it('tells of a receiver that is not there', async () => {
    expect(await send('http://127.0.0.1:9/')).toMatchObject({ refused: false, answered: false });
  });
});
