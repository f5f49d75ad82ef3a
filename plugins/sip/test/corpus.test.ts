import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openFake } from './support.js';

const corpus = join(import.meta.dirname, '../../../../shared/cases/corpus');
const cases = existsSync(corpus)
  ? (JSON.parse(readFileSync(join(corpus, 'cases.json'), 'utf8')) as { id: string; kind: string; expect: string }[]).filter(({ kind }) => kind === 'sip')
  : [];

// Beside messages.test.ts, which asks whether they are taken: here they meet an endpoint that would answer 200 to anything.
(cases.length > 0 ? describe : describe.skip)('an endpoint that gets the corpus', () => {
  it.each(cases.map(({ id, expect: wanted }) => [wanted, id]))('over UDP and TCP: %s %s', async (wanted, id) => {
    const fake = await openFake({
      onRequest: (incoming) => {
        incoming.admit();
        incoming.respond(200);
      },
    });
    const bytes = readFileSync(join(corpus, id));
    fake.receive(bytes);
    const tcp = fake.connect();
    tcp.receive(bytes);
    fake.clock.advance(60_000);
    const successes = [...fake.sent.map(({ message }) => message), ...tcp.messages()].filter(
      (message) => message.kind === 'response' && message.status < 300 && message.status >= 200,
    );
    if (wanted === 'reject') expect(successes).toEqual([]);
    await fake.endpoint.close();
    expect(fake.clock.pending - (tcp.socket.destroyed ? 0 : 1)).toBeLessThanOrEqual(0);
  });
});
