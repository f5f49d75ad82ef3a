import { binaryFrameHeader } from '../src/proto/frame-header.js';
import { checkHandshake } from '../src/proto/handshake.js';

describe('binaryFrameHeader', () => {
  it('writes the three forms of the length (RFC 6455 5.2)', () => {
    const head = (length: number) => binaryFrameHeader(length).toString('hex');
    expect(head(0)).toBe('8200');
    expect(head(125)).toBe('827d');
    expect(head(126)).toBe('827e007e');
    expect(head(65_535)).toBe('827effff');
    expect(head(65_536)).toBe('827f0000000000010000');
  });
});

describe('checkHandshake', () => {
  const headers = { 'sec-websocket-key': 'dGhlIHNhbXBsZSBub25jZQ==', 'sec-websocket-version': '13' };
  const status = (request: Parameters<typeof checkHandshake>[0]) => {
    try {
      checkHandshake(request);
      return 101;
    } catch (error) {
      return (error as { status: number }).status;
    }
  };
  it('asks for method, key and version', () => {
    expect(status({ method: 'GET', headers })).toBe(101);
    expect(status({ method: 'POST', headers })).toBe(405);
    expect(status({ method: 'GET', headers: { ...headers, 'sec-websocket-key': 'x' } })).toBe(400);
    expect(status({ method: 'GET', headers: { ...headers, 'sec-websocket-version': '8' } })).toBe(426);
  });
});
