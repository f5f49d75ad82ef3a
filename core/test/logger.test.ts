import type { Clock } from '../src/kernel/clock.js';
import { createLogger, rateLimited } from '../src/kernel/logger.js';
import { redactQuery, redactText, redactUrl } from '../src/kernel/redact.js';

function capture(pretty = false) {
  const lines: string[] = [];
  return { lines, log: createLogger({ pretty, stream: { write: (text: string) => lines.push(text) } }) };
}

describe('createLogger', () => {
  it('writes JSON lines with level, time and bindings', () => {
    const { lines, log } = capture();
    log.child({ plugin: 'p' }).info({ stream: 'live/a' }, 'hello');
    log.debug('not shown');
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? '')).toMatchObject({
      level: 'info',
      plugin: 'p',
      stream: 'live/a',
      msg: 'hello',
      time: expect.stringMatching(/^\d{4}-.*Z$/),
    });
  });

  it('writes the message of an error once, and its cause beside it', () => {
    const { lines, log } = capture();
    log.warn({ err: new Error('refused: 486 Busy Here', { cause: new Error('486 Busy Here') }) }, 'failed');
    expect(JSON.parse(lines[0] ?? '').err).toMatchObject({ message: 'refused: 486 Busy Here', cause: { message: '486 Busy Here' } });
  });

  it.each([true, false])('escapes control characters (readable: %s)', (pretty) => {
    const { lines, log } = capture(pretty);
    log.info({ agent: '\u001b[2Jx\u009b\u007f\r\nforged' }, 'a\nb\u0085');
    expect(lines).toHaveLength(1);
    expect(lines[0]?.slice(0, -1)).not.toMatch(/\p{Cc}/u);
    if (!pretty) expect(JSON.parse(lines[0] ?? '')).toMatchObject({ agent: '\u001b[2Jx\u009b\u007f\r\nforged' });
  });

  it('hides secrets of URLs and queries wherever they are', () => {
    const { lines, log } = capture();
    log.info({ url: 'rtsp://u:hunter2@h/x?a=1&token=hunter2&b=2' }, 'GET /x?sig=hunter2 done');
    expect(lines[0]).not.toContain('hunter2');
    expect(JSON.parse(lines[0] ?? '').url).toBe('rtsp://***@h/x?a=1&token=***&b=2');
  });

  it('writes text people can read', () => {
    const { lines, log } = capture(true);
    log.child({ plugin: 'p' }).warn({ port: 1, name: 'two words' }, 'hello');
    expect(lines[0]).toMatch(/^\d\d:\d\d:\d\d\.\d{3} warn {2}\[p\] hello port=1 name="two words"\n$/);
  });
});

describe('redaction', () => {
  it.each([
    ['token=a&x=1', 'token=***&x=1'],
    ['?x=1&KEY=a%26b', '?x=1&KEY=***'],
    ['%74oken=a', '%74oken=***'],
    ['keyframe=1&token', 'keyframe=1&token'],
    ['%zz=1', '%zz=1'],
    ['', ''],
  ])('of the query %s', (query, expected) => expect(redactQuery(query)).toBe(expected));

  it.each([
    ['rtmp://h/a', 'rtmp://h/a'],
    ['rtmp://u:p@ss@h/a', 'rtmp://***@h/a'],
    ['http://h/#key=a', 'http://h/#key=***'],
    ['http://h/a?x=u@h&password=1#t', 'http://h/a?x=u@h&password=***#t'],
    ['not a url', 'not a url'],
  ])('of the URL %s', (url, expected) => expect(redactUrl(url)).toBe(expected));
});

it('folds repeats with a count', () => {
  const timers: (() => void)[] = [];
  const after = (_: number, run: () => void) => {
    timers.push(run);
    return () => {};
  };
  const clock = { after } as unknown as Clock;
  const { lines, log } = capture();
  const limited = rateLimited(log, clock, 5000);
  for (let i = 0; i < 4; i++) limited('bad', { i }, 'bad input');
  limited('other', {}, 'other');
  expect(lines).toHaveLength(2);
  timers[0]?.();
  expect(JSON.parse(lines[2] ?? '')).toMatchObject({ msg: 'bad input', i: 3, repeated: 3 });
  timers.at(-1)?.(); // a quiet period
  limited('bad', {}, 'again');
  expect(lines).toHaveLength(4);
});

describe('redactText', () => {
  it('hides a password with an @ in it, wherever the URL stands', () => {
    expect(redactText('{"msg":"to rtsp://u:p@ss@h/x failed","q":"?token=t&a=@b"}')).toBe('{"msg":"to rtsp://***@h/x failed","q":"?token=***&a=@b"}');
  });

  it.each(['a', 'a:', '://', 'a://', '://a', '?token=', '@', '&'])('takes no square of the time on %j again and again', (piece) => {
    const text = piece.repeat(1_000_000 / piece.length);
    const startMs = performance.now();
    redactText(text);
    expect(performance.now() - startMs).toBeLessThan(2000);
  });
});
