import { checkStreamPath, EVENT_PATTERN, eventTypes, isPathPattern, isStreamPath, pathPattern, redactText, redactUrl, wildcardsOf } from '@sluice/core';
import { parseConfigFile } from '../../../../core/src/config/config-file.js';
import { flagOverrides } from '../../../../core/src/config/overrides.js';
import { readableLine } from '../../../../core/src/kernel/log-text.js';
import { satisfies } from '../../../../core/src/plugin/engine-range.js';
import { type Target, textTarget } from '../target.js';
import { only } from './tell.js';

/** What our own operator writes, read by a library. */
const OPERATOR = { slowMs: 2000, maxBytes: 4096 };

const config = [
  'plugins:',
  '  - rtmp',
  "  - { use: './my-plugin.js', config: { a: 1 } }",
  'without: [hls]',
  'rtmp:',
  '  port: 1935',
  '  x: &x [1, 2]',
  '  y: *x',
  'http: { port: 8080, "text": "a\\u0041" }',
  '',
].join('\n');

export const coreTargets: readonly Target[] = [
  textTarget(
    'stream-path',
    { made: ['live/a', 'a/b/c/d/e/f/g/h', 'live/..', '~a.b-c_d'] },
    (text, tell) => {
      tell('path', isStreamPath(text));
      const path = checkStreamPath(text);
      // Whatever passes can be a file's name under a folder.
      if (/[^A-Za-z0-9_.~/-]|(^|\/)\.{0,2}(\/|$)/.test(path) || path.length > 8 * 129) throw new Error(`passed: ${JSON.stringify(path)}`);
    },
    { words: ['..', '.', '/', '%2e', '\\', '\0', '~'] },
  ),
  textTarget(
    'path-pattern',
    { made: ['live/*|live/a', '**|a/b/c', '**/cam-*|x/y/cam-1', 'a**b**c*d|aXbYcZd'] },
    (text, tell) => {
      const [pattern = '', path = ''] = text.split('|');
      tell('pattern', isPathPattern(pattern), wildcardsOf(pattern));
      // Paths that are asked for are stream paths.
      if (isPathPattern(pattern) && path.length <= 8 * 129) tell('match', pathPattern(pattern)(path));
    },
    { words: ['*', '**', '**/', '/*', 'a', '**a**a**a**a**a**a'] },
  ),
  textTarget(
    'redact',
    { made: ['rtsp://u:p@h/a?token=x&b=1#key=2', 'see http://a:b@c/ and ?sig=1&x'] },
    (text, tell) => {
      tell('text', redactText(text), redactUrl(text));
      tell('line', readableLine(text));
    },
    { words: ['token=', '://', '@', '?', '&', '#', 'password=', '{"time":1,"msg":"a"}'] },
  ),
  textTarget(
    'config',
    { kinds: ['yaml'], made: [config, '{"rtmp":{"port":1}}', 'a: &a [1]\nb: [*a, *a]\n', 'a: &a\n  b: *a\n', 'a: &a [*a, *a]\n'] },
    (text, tell) => {
      const { values, plugins, without, sourceOf, literalOf } = parseConfigFile('a.yaml', text);
      tell('config', values, plugins, without, sourceOf(['rtmp', 'port']), literalOf(['rtmp', 'port']));
    },
    {
      ...OPERATOR,
      words: ['&a ', '*a', '[*a, *a]', '<<: *a', '\n  ', ': ', '- ', '|\n', '? ', '!!binary ', '---\n', '{', '[', '"', '__proto__: '],
    },
  ),
  textTarget(
    'config-flags',
    { made: ['rtmp.port=1935', 'a.b.c=[1,2]', 'x={"y":"z"}'] },
    (text, tell) => {
      tell(
        'flags',
        flagOverrides(text.split('\n')).map(({ path, value }) => [path, value]),
      );
    },
    OPERATOR,
  ),
  textTarget('small-values', { made: ['1.2.3|^1.0.0', 'stream.*,a.b'] }, (text, tell) => {
    const [version = '', range = ''] = text.split('|');
    tell('range', satisfies(version, range));
    tell('events', EVENT_PATTERN.test(text));
    only(tell, () => eventTypes(text.split(','))('stream.published'), 'types');
  }),
];
