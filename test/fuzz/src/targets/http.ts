import { canMatch, createTypeFilter } from '../../../../plugins/api/src/proto/event-types.js';
import { hideQueries } from '../../../../plugins/api/src/proto/hide.js';
import { pageOf } from '../../../../plugins/api/src/proto/page.js';
import { rightsOfClaims } from '../../../../plugins/auth/src/proto/claims.js';
import { rightsCheck } from '../../../../plugins/auth/src/proto/rights.js';
import { readSignature } from '../../../../plugins/auth/src/proto/signature.js';
import { readCookie } from '../../../../plugins/hls/src/proto/cookie.js';
import { parseMediaPath } from '../../../../plugins/hls/src/proto/media-url.js';
import { createTrustCheck, forwardedRemote, isRange } from '../../../../plugins/http/src/proto/forwarded.js';
import { isDeeperThan } from '../../../../plugins/http/src/proto/json-depth.js';
import { originForm } from '../../../../plugins/http/src/proto/request-target.js';
import { completePath, findStreamTarget, splitTarget } from '../../../../plugins/http/src/proto/stream-target.js';
import { followRedirect, parseFlvUrl } from '../../../../plugins/http-flv/src/proto/flv-url.js';
import { choosesHost, fillTemplate, templateMistake } from '../../../../plugins/relay/src/proto/target-template.js';
import { createTargetCheck, isLoopback, isTargetRule } from '../../../../plugins/relay/src/proto/targets.js';
import { parseAdvertised } from '../../../../plugins/rtp-ps/src/proto/advertised.js';
import { parseSsrc } from '../../../../plugins/rtp-ps/src/proto/ssrc.js';
import { checkHandshake } from '../../../../plugins/ws-flv/src/proto/handshake.js';
import { type Target, textTarget, wholeTarget } from '../target.js';
import { only } from './tell.js';

/** As the http plugin has it. */
const MAX_JSON_DEPTH = 32;
const routes = [{ suffix: 'flv', prefix: 'flv' }, { suffix: 'live.flv' }, { suffix: 'm3u8' }];
const isTrusted = createTrustCheck(['10.0.0.0/8', '::1']);
const isAllowed = createTargetCheck(['public', 'private', '192.0.2.0/24']);

export const httpTargets: readonly Target[] = [
  wholeTarget(
    'json-body',
    { made: ['{"path":"live/a","url":"rtsp://h/a","query":{"token":"x"},"list":[1,-2.5e3,null,true,"\\u0041"]}', '[[[[]]]]'] },
    (input, tell) => {
      if (isDeeperThan(input, MAX_JSON_DEPTH)) return;
      let value: unknown;
      try {
        value = JSON.parse(input.toString('utf8'));
      } catch {
        return;
      }
      // What the look at the bytes let pass must not be deep.
      tell('value', JSON.stringify(value, hideQueries));
      if (depthOf(value) > MAX_JSON_DEPTH) throw new Error('deeper than the limit');
      if (typeof value === 'object' && value !== null) {
        const rights = rightsOfClaims(value as Record<string, unknown>);
        tell('rights', rights, rightsCheck(rights)('play', 'live/a'));
      }
    },
    { words: ['{"a":', '[', '"', '\\', '\\"', '{"actions":["play"],"paths":["**/*"]}', '"paths":["', '"__proto__":'] },
  ),
  textTarget(
    'http-target',
    { kinds: ['query-args'], made: ['/live/a.flv?token=x&a=%20', 'http://h/flv/live%2Fa/tok', '/live/a.live.flv', '/live/../a.m3u8'] },
    (text, tell) => {
      const { path, query } = splitTarget(originForm(text));
      tell('target', path, query, findStreamTarget(routes, path), completePath(path.slice(1), ['live/a', 'cam/b']));
      tell('signature', readSignature(query), parseMediaPath(path.slice(1), 'ts'));
    },
    { words: ['%2F', '%2e', '%00', '%', '?', '&', '=', '/', '..', '.flv', '/flv/', 'sig=', 'exp=', 'token='] },
  ),
  textTarget(
    'http-headers',
    { made: ['10.0.0.1:5|1.2.3.4, [::1]:5, 10.0.0.2', 'a|session=abc; other="x"', '10.0.0.0/8', 'dGhlIHNhbXBsZSBub25jZQ=='] },
    (text, tell) => {
      const [remote = '', rest = ''] = text.split('|');
      tell('remote', forwardedRemote(remote, rest, isTrusted), isRange(text));
      if (isRange(text)) only(tell, () => createTrustCheck([text])(remote), 'range');
      tell('cookie', readCookie(rest, 'session'));
      only(tell, () => checkHandshake({ method: 'GET', headers: { 'sec-websocket-key': text, 'sec-websocket-version': '13' } }), 'handshake');
    },
    { words: ['::1', '::ffff:10.0.0.1', '10.0.0.1', '/32', '/129', ', ', '[', ']:', 'session=', '0x7f.1'] },
  ),
  textTarget(
    'http-url',
    { made: ['http://u:p@h:8080/live/a.flv?x=y', 'https://[::1]/a.flv', '../b.flv', '//h2/c'] },
    (text, tell) => {
      only(tell, () => parseFlvUrl(text, { token: 'x' }), 'url');
      only(tell, () => followRedirect(parseFlvUrl('http://u:p@h/live/a.flv'), text), 'redirect');
    },
    { words: ['http://', 'https://', 'file:', '@', '[', ']', '%', '..', '\\', '#'] },
  ),
  textTarget(
    'relay-values',
    { made: ['rtmp://{1}/$2/{path}|live/a', '192.0.2.1', 'fd00:ec2::254', '::ffff:127.0.0.1', 'example.com:5060', '0100000001'] },
    (text, tell) => {
      const [template = '', path = ''] = text.split('|');
      // A template is our operator's, and is filled with stream paths.
      if (template.length <= 2048 && path.length <= 8 * 129)
        tell('template', templateMistake(template, 2), fillTemplate(template, path, path.split('/')), choosesHost(template));
      tell('target', isTargetRule(text), isAllowed(text), isLoopback(text));
      if (isTargetRule(text)) tell('rule', createTargetCheck([text])('10.1.2.3'));
      tell('advertised', parseAdvertised(text));
      only(tell, () => parseSsrc(text), 'ssrc');
    },
    { words: ['{path}', '{1}', '$0', '{', '::', '127.1', '0x7f000001', '/8', '[::1]:5'] },
  ),
  textTarget(
    'api-query',
    { kinds: ['query-args'], made: ['stream.*,session.ended', 'gb28181.*', 'bGl2ZS9h'] },
    (text, tell) => {
      tell(
        'events',
        only(tell, () => createTypeFilter(text)('stream.published'), 'filter'),
        canMatch(text, ['rtmp']),
      );
      tell(
        'page',
        pageOf(['a', 'b', 'c'], (key) => key, 2, text),
      );
    },
    { words: ['*', '.', ',', 'stream', '**'] },
  ),
];

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Object.values(value).reduce<number>((most, item) => Math.max(most, depthOf(item)), 0);
}
