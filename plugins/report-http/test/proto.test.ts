import { webhookHeaders } from '../src/net/sign.js';
import { isExpendable, laneOf } from '../src/proto/lane.js';
import { parseSecret } from '../src/proto/secret.js';

it('signs as Standard Webhooks does', () => {
  // The vector of the libraries of Standard Webhooks.
  const secret = parseSecret('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw');
  const message = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', timestamp: 1614265330, body: '{"test": 2432232314}' };
  expect(webhookHeaders(secret as Buffer, message)).toEqual({
    'webhook-id': message.id,
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  });
});

it('takes secrets of one form', () => {
  for (const good of ['whsec_YQ==', 'whsec_YQ', 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw']) expect(parseSecret(good)?.length).toBeGreaterThan(0);
  for (const bad of ['', 'whsec_', 'YQ==', 'whsec_a', 'whsec_Y!==', 'whsec_YQ= =']) expect(parseSecret(bad)).toBeUndefined();
});

it('orders by stream, by device, and by kind', () => {
  const lane = (type: string, data: object) => laneOf({ id: '1', timestamp: '', seq: 1, type, data } as never);
  expect(lane('stream.closed', { path: 'live/a' })).toBe('live/a');
  expect(lane('gb28181.device.online', { id: '340' })).toBe(lane('gb28181.device.offline', { id: '340' }));
  expect(lane('gb28181.alarm', { device: '340' })).toBe('gb28181:340');
  expect(lane('server.started', {})).toBe(lane('server.stopping', {}));
});

it('lets only traffic reports go that are followed by others', () => {
  const expendable = (type: string, data: object) => isExpendable({ id: '1', timestamp: '', seq: 1, type, data } as never);
  expect([expendable('traffic.report', { final: false }), expendable('traffic.report', { final: true }), expendable('stream.closed', {})]).toEqual([
    true,
    false,
    false,
  ]);
});
