import type { Buffer } from 'node:buffer';
import { MessageReader } from '@sluice/plugin-wire-text';
import { buildResponse } from '../../../../plugins/sip/src/proto/build.js';
import { checkRequest, checkResponse } from '../../../../plugins/sip/src/proto/check.js';
import {
  COMPACT_FORMS,
  exchangeOf,
  header,
  headers,
  parametersOfAddress,
  parseCSeq,
  type SipMessage,
  tagOf,
  uriHost,
  uriOf,
  uriUser,
} from '../../../../plugins/sip/src/proto/headers.js';
import { KEEPALIVES, parseDatagram, parseFramed } from '../../../../plugins/sip/src/proto/parse.js';
import { serializeMessage } from '../../../../plugins/sip/src/proto/serialize.js';
import { ackKey, clientKeys, serverKey } from '../../../../plugins/sip/src/proto/transaction-key.js';
import { parseVia, splitVia, stampVia, topVia } from '../../../../plugins/sip/src/proto/via.js';
import { type Target, type Tell, textTarget, wholeTarget } from '../target.js';
import { only } from './tell.js';

const fixtures = ['catalog-response', 'invite-answer', 'reg-auth-1', 'reg-auth-2', 'reg-auth-3', 'reg-auth-4'].map(
  (name) => `plugins/gb28181/test/fixtures/${name}.sip`,
);
const words = [
  '\r\n',
  '\r\n\r\n',
  'Via: SIP/2.0/UDP h;branch=z9hG4bK',
  'Contact: <sip:',
  'From: ',
  'To: ',
  ';tag=',
  'CSeq: 1 INVITE',
  'Call-ID: ',
  'Content-Length: ',
  'SIP/2.0 ',
  'INVITE ',
  'REGISTER ',
  '<',
  '>',
  '"',
  '@',
  ';rport',
  'l: 0',
  'v: ',
];

/** All that is done with a message before anything is answered. */
function look(message: SipMessage, tell: Tell): void {
  tell('message', message);
  tell('exchange', exchangeOf(message), topVia(message));
  for (const name of ['from', 'to', 'contact']) {
    const value = header(message, name) ?? '';
    tell(name, uriOf(value), uriUser(value), uriHost(value), tagOf(value), parametersOfAddress(value));
  }
  if (message.kind === 'request') {
    tell('request', checkRequest(message), serverKey(message, 'h:1'), ackKey(message, 'h:1'));
    tell('answer', serializeMessage(buildResponse(message, { status: 400, toTag: 't', source: { address: '192.0.2.1', port: 5060 }, userAgent: 'x' })));
  } else {
    tell('response', checkResponse(message), clientKeys(message));
  }
  tell(
    'vias',
    headers(message, 'via')
      .flatMap(splitVia)
      .map((hop) => [parseVia(hop), stampVia(hop, '192.0.2.1', 5060)]),
  );
}

export const sipTargets: readonly Target[] = [
  wholeTarget(
    'sip-datagram',
    { kinds: ['sip'], files: fixtures },
    (input: Buffer, tell) => {
      const message = parseDatagram(input);
      if (message === undefined) return;
      look(message, tell);
      const again = parseDatagram(serializeMessage(message));
      if (again === undefined || !again.body.equals(message.body)) throw new Error('a message is not the same, written and read again');
    },
    { words },
  ),
  {
    name: 'sip-stream',
    seeds: { kinds: ['sip'], files: fixtures },
    words,
    cuts: 'end',
    start(tell) {
      const reader = new MessageReader({ compactForms: COMPACT_FORMS, keepalives: KEEPALIVES });
      return {
        push(piece) {
          for (const { head, body } of reader.push(piece)) only(tell, () => look(parseFramed(head, body), tell), 'message');
        },
      };
    },
  },
  textTarget(
    'sip-values',
    {
      made: [
        '"a \\" b" <sip:34020000001320000001@3402000000:5060;transport=udp>;tag=1;x',
        '1 INVITE',
        'SIP/2.0/UDP [::1]:5060;rport=1;branch=z9hG4bKx , SIP/2.0/TCP h',
      ],
    },
    (text, tell) => {
      tell('address', uriOf(text), uriUser(text), uriHost(text), parametersOfAddress(text), tagOf(text));
      tell('cseq', parseCSeq(text));
      tell('via', splitVia(text).map(parseVia), stampVia(text, 'h', 1));
    },
    { words },
  ),
];
