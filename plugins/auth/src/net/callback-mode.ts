import { type AccessRequest, messageOf, type PluginContext, rateLimited, type Verdict } from '@sluice/core';
import type { AuthConfig } from '../config.js';
import type { Check } from '../proto/holder.js';
import { sha256 } from './digest.js';

type CallbackConfig = NonNullable<AuthConfig['callback']>;

const MAX_CACHED = 10_000;
const MAX_WAITING = 1000;
const FORBIDDEN: Verdict = { allow: false, status: 403, message: 'not allowed' };
const UNKNOWN: Verdict = { allow: false, status: 401, message: 'a valid credential is needed' };

interface Answer {
  readonly verdict: Promise<Verdict>;
  /** Monotonic milliseconds; endless while it is awaited. */
  untilMs: number;
}

/** What is asked, as the contract has it. */
function questionOf({ action, protocol, path, query = {}, remote, token, userAgent }: AccessRequest) {
  return { action, protocol, path, query, remote, token: token ?? query.token, userAgent };
}

/** The same question, from whatever port it comes. */
function keyOf(question: ReturnType<typeof questionOf>): string {
  return sha256(JSON.stringify({ ...question, remote: question.remote?.replace(/:\d+$/, '') }));
}

/** `callback`: somebody else decides. Questions are asked at once and apart, so that a slow answer holds up nobody else. */
export function createCallbackMode(ctx: Pick<PluginContext, 'clock' | 'log' | 'count'>, config: CallbackConfig): Check {
  const { clock } = ctx;
  const answers = new Map<string, Answer>();
  const log = rateLimited(ctx.log, clock);
  let waiting = 0;

  /** Rejects where there is no answer. */
  const ask = async (question: unknown): Promise<Verdict> => {
    if (waiting >= MAX_WAITING) throw new Error(`${MAX_WAITING} questions wait for an answer`);
    waiting++;
    try {
      const response = await fetch(config.url, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(question),
        // Elsewhere nobody is to be asked, nor told a token.
        redirect: 'manual',
        signal: AbortSignal.timeout(config.timeoutMs),
      });
      await response.body?.cancel();
      if (response.ok) return { allow: true };
      return response.status === 401 ? UNKNOWN : FORBIDDEN;
    } finally {
      waiting--;
    }
  };
  const begin = (key: string, question: unknown): Answer => {
    const answer: Answer = { verdict: ask(question), untilMs: Number.POSITIVE_INFINITY };
    const [oldest] = answers.size >= MAX_CACHED ? answers.keys() : [];
    if (oldest !== undefined) answers.delete(oldest);
    answers.set(key, answer);
    answer.verdict.then(
      () => {
        answer.untilMs = clock.now() + config.cacheSeconds * 1000;
      },
      (error: unknown) => {
        if (answers.get(key) === answer) answers.delete(key);
        ctx.count('callback');
        log('callback', {}, `auth.callback gave no answer: ${messageOf(error)}`);
      },
    );
    return answer;
  };
  return (request) => {
    const question = questionOf(request);
    const key = keyOf(question);
    const known = answers.get(key);
    if (known !== undefined && clock.now() < known.untilMs) return known.verdict.catch(() => FORBIDDEN);
    answers.delete(key);
    return begin(key, question).verdict.catch(() => FORBIDDEN);
  };
}
