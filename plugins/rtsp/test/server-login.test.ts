import { createHash } from 'node:crypto';
import { definePlugin } from '@sluice/core';
import { answerDigestChallenge, type HeaderList, parseDigestChallenge, serializeBasicCredentials, serializeDigestCredentials } from '@sluice/plugin-wire-text';
import { SDP, SDP_TYPE, startsServers, url } from './support/server-site.js';

const hash = (name: string, text: string) => createHash(name).update(text).digest('hex');

describe('the server with an authorize tap', () => {
  const { open, publish, start } = startsServers();

  const users = definePlugin({
    name: 'users',
    version: '1.0.0',
    setup: (ctx) =>
      ctx.hooks.authorize(({ credentials, action }) => {
        if (credentials?.name !== 'me' || !credentials.verify('secret')) return { allow: false, status: 401 };
        return action === 'play' ? { allow: true } : { allow: false, status: 403 };
      }),
  });

  const answerTo = (challenge: string, method: string, uri: string, password: string): HeaderList => {
    if (challenge.startsWith('Basic')) return [['authorization', serializeBasicCredentials({ username: 'me', password })]];
    const input = { hash, challenge: parseDigestChallenge(challenge), username: 'me', password, method, uri, cnonce: 'c' };
    return [['authorization', serializeDigestCredentials(answerDigestChallenge(input))]];
  };

  it.each([0, 1, 2])('asks for a password and takes the right one (challenge %i)', async (index) => {
    await start({}, { plugins: [users] });
    await publish('live/a');
    const client = await open();
    const challenged = await client.ask('DESCRIBE', url('live/a'));
    const challenge = challenged.headers('www-authenticate')[index] ?? '';
    expect([challenged.status, challenged.headers('www-authenticate').length]).toEqual([401, 3]);
    // The same whether there is a stream or not.
    expect((await client.ask('DESCRIBE', url('live/none'))).status).toBe(401);
    expect((await client.ask('DESCRIBE', url('live/a'), answerTo(challenge, 'DESCRIBE', url('live/a'), 'wrong'))).status).toBe(401);
    expect((await client.ask('DESCRIBE', url('live/a'), answerTo(challenge, 'DESCRIBE', url('live/a'), 'secret'))).status).toBe(200);
    expect((await client.ask('ANNOUNCE', url('live/b'), [...SDP_TYPE, ...answerTo(challenge, 'ANNOUNCE', url('live/b'), 'secret')], SDP)).status).toBe(403);
    // What was said on one connection proves nothing on another.
    const other = await open();
    const replayed = await other.ask('DESCRIBE', url('live/a'), answerTo(challenge, 'DESCRIBE', url('live/a'), 'secret'));
    expect(replayed.status).toBe(index === 1 ? 200 : 401);
  });

  it('closes the connection of who is refused again and again', async () => {
    await start({ limits: { refusedRequests: 3 } }, { plugins: [users] });
    const client = await open();
    for (let i = 0; i < 3; i++) client.ask('DESCRIBE', url('live/a')).catch(() => {});
    await client.closed;
  });
});
