import { call, engine, publish, start, url } from './support/engine.js';

afterEach(() => engine.dispose());

describe('events', () => {
  interface Client {
    next(): Promise<{ id?: string; event?: string; data?: unknown }>;
    close(): void;
  }
  async function listen(query: string, lastEventId?: string): Promise<Client> {
    const gone = new AbortController();
    const headers: Record<string, string> = { authorization: 'Bearer read-key', ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }) };
    const answer = await fetch(url(`/api/v1/events${query}`), { headers, signal: gone.signal });
    expect(answer.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    const reader = (answer.body as ReadableStream<Uint8Array>).pipeThrough(new TextDecoderStream() as never).getReader() as ReadableStreamDefaultReader<string>;
    let text = '';
    const next: Client['next'] = async () => {
      for (;;) {
        const end = text.indexOf('\n\n');
        if (end < 0) {
          text += (await reader.read()).value ?? '';
          continue;
        }
        const block = text.slice(0, end);
        text = text.slice(end + 2);
        if (block.startsWith(':')) continue;
        const fields = Object.fromEntries(block.split('\n').map((line) => [line.slice(0, line.indexOf(':')), line.slice(line.indexOf(':') + 2)]));
        return { ...fields, data: JSON.parse(String(fields.data)) };
      }
    };
    return { next, close: () => gone.abort() };
  }
  it('come as they happen, filtered, and again after a break', async () => {
    await start();
    const client = await listen('?types=stream.*');
    await publish('live/a');
    const first = await client.next();
    const second = await client.next();
    const published = [first, second].find(({ event }) => event === 'stream.published');
    expect(published?.data).toMatchObject({
      type: 'stream.published',
      seq: expect.any(Number),
      data: { path: 'live/a', publisher: { query: { token: '***' } } },
    });
    client.close();
    const again = await listen('?types=stream.*', String(first.id));
    expect((await again.next()).id).toBe(second.id);
    again.close();
  });
  it('refuse types of no form', async () => {
    await start();
    for (const types of ['A!', 'strem.*', 'stream.publishd', 'stream.*,nothing']) expect((await call('GET', `/events?types=${types}`)).status).toBe(400);
    for (const types of ['*', 'stream.*,session.ended', 'api.mine', 'gb28181.device.*']) (await listen(`?types=${types}`)).close();
  });
  it('end with the engine', async () => {
    await start();
    const answer = await fetch(url('/api/v1/events'), { headers: { authorization: 'Bearer read-key' } });
    const all = answer.text();
    await engine.stop();
    expect(await all).toContain('event: server.stopping');
  });
});
