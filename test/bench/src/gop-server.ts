// The least that Node can do for a viewer who joins: answers every request with the head of an FLV file and its first group of pictures, in one
// system call: gop-server.js --file FILE --dur SECONDS --port PORT.
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { parseArgs } from 'node:util';

const FLV_HEAD_BYTES = 13;
const TAG_HEAD_BYTES = 11;
const VIDEO = 9;
const KEY_FRAME = 0x17;
/** Second byte of a tag that is a picture, and no header of a sequence. */
const PICTURE = 1;

const { file = '', dur, port } = parseArgs({ options: { file: { type: 'string' }, dur: { type: 'string' }, port: { type: 'string' } } }).values;
const ANSWER = Buffer.from('HTTP/1.1 200 OK\r\nContent-Type: video/x-flv\r\nConnection: close\r\n\r\n');

/** What comes before the second key frame. */
function firstGroup(flv: Buffer): Buffer {
  let keys = 0;
  for (let at = FLV_HEAD_BYTES; at + TAG_HEAD_BYTES < flv.length; ) {
    const isKey = flv[at] === VIDEO && flv[at + TAG_HEAD_BYTES] === KEY_FRAME && flv[at + TAG_HEAD_BYTES + 1] === PICTURE;
    if (isKey && ++keys === 2) return flv.subarray(0, at);
    at += TAG_HEAD_BYTES + flv.readUIntBE(at + 1, 3) + 4;
  }
  throw new Error('no second key frame');
}

const group = firstGroup(readFileSync(file));
createServer({ noDelay: true }, (socket) => {
  socket.on('error', () => {});
  socket.once('data', () => {
    socket.cork();
    socket.write(ANSWER);
    socket.write(group);
    socket.uncork();
  });
}).listen(Number(port), '127.0.0.1');
setTimeout(() => process.exit(0), Number(dur) * 1000);
