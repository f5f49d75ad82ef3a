import { handshake, message } from '../../../e2e/support/rtmp-bytes.js';
import type { Fresh } from '../../types.js';

const text = (value: string): Buffer => {
  const bytes = Buffer.from(value);
  return bytes.length > 0xffff
    ? Buffer.concat([Buffer.from([12, 0, bytes.length >> 16, (bytes.length >> 8) & 0xff, bytes.length & 0xff]), bytes])
    : Buffer.concat([Buffer.from([2, bytes.length >> 8, bytes.length & 0xff]), bytes]);
};
const property = (name: string, value: string): Buffer => Buffer.concat([Buffer.from([0, name.length]), Buffer.from(name), text(value)]);
const number = (value: number): Buffer => {
  const bytes = Buffer.alloc(9);
  bytes.writeDoubleBE(value, 1);
  return bytes;
};
const NULL = Buffer.from([5]);

/** What is asked of an RTMP server. */
export interface RtmpRequest {
  readonly action: 'publish' | 'play';
  readonly app: string;
  readonly name: string;
  readonly from?: string;
  /** What encoders say of themselves. */
  readonly flashVer?: string;
}

const STARTED = /NetStream\.(Publish|Play)\.Start/;
const REFUSED = /Net(Stream|Connection)\.[A-Za-z.]*(BadName|Failed|NotFound|Rejected|InvalidApp|Denied|Unauthorized|BadConnection|InvalidArg)[A-Za-z.]*/;

/** Asks, and says what came of it: the code of the refusal, `closed`, or what it was let in with. */
export async function askRtmp(
  server: Fresh,
  { action, app, name, from, flashVer = 'FMLE/3.0' }: RtmpRequest,
  timeoutMs = 10_000,
): Promise<{ readonly letIn: boolean; readonly answer: string }> {
  const connection = server.tcp(server.ports.rtmp, from === undefined ? {} : { from });
  const object = [Buffer.from([3]), property('app', app), property('tcUrl', `rtmp://127.0.0.1/${app}`), property('flashVer', flashVer), Buffer.from([0, 0, 9])];
  await connection.send(
    Buffer.concat([
      handshake,
      message(20, Buffer.concat([text('connect'), number(1), Buffer.concat(object)])),
      message(20, Buffer.concat([text('createStream'), number(2), NULL])),
      message(20, Buffer.concat([text(action), number(3), NULL, text(name), ...(action === 'publish' ? [text('live')] : [])]), 1),
    ]),
  );
  const said = (): string => connection.received().toString('latin1');
  await connection.gets(() => STARTED.test(said()) || REFUSED.test(said()), timeoutMs);
  const all = said();
  const letIn = STARTED.test(all) && !REFUSED.test(all);
  const answer = letIn ? 'let in' : (REFUSED.exec(all)?.[0] ?? (connection.isClosed() ? 'closed' : 'no answer'));
  connection.close();
  return { letIn, answer };
}
