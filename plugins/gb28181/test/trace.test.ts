import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { FakeClock } from '@sluice/core/testing';
import type { SipHeaders, SipRequest } from '@sluice/plugin-sip/service';
import { Trace } from '../src/net/trace.js';
import { traceText } from '../src/proto/trace-line.js';
import { DEVICE } from './device-messages.js';
import { HOME, response } from './fake-sip.js';

const message = (headers: SipHeaders, body: string | Buffer = ''): SipRequest => ({
  kind: 'request',
  method: 'MESSAGE',
  uri: `sip:${DEVICE}@3402000000`,
  headers,
  body: Buffer.from(body),
});

describe('a line', () => {
  const text = (headers: SipHeaders, body = '') => traceText({ firstLine: 'REGISTER sip:x', headers, body });

  it('is one line, whatever is in the message', () => {
    const line = text([['from', 'a\x1b[2J\u2028']], 'v=0\r\ns=Play\n\0\x85\\');
    expect(line).toBe(String.raw`REGISTER sip:x\nfrom: a\u001b[2J\u2028\n\nv=0\ns=Play\n\u0000\u0085\\`);
  });

  it.each([
    [
      'authorization',
      'Digest username="340", realm="34", nonce="8d72", uri="sip:x", response="0a4f", algorithm=MD5, cnonce="q\\"", nc=00000001',
      /8d72|0a4f|q\\/,
    ],
    ['proxy-authorization', 'Digest response=0a4f,nonce=8d72', /8d72|0a4f/],
    ['www-authenticate', 'Digest realm="34", nonce="8d72"', /8d72/],
    ['authorization', 'Basic aGFsbG8=', /aGFsbG8/],
    ['authorization', 'Bidirection random1="r1", random2="r2", sign="s3cret"', /s3cret|"r1"/],
    ['contact', '<sip:340:geheim@10.0.0.1:5060>', /geheim/],
  ])('hides what is secret in %s: %s', (name, value, secret) => {
    const line = text([[name, value]]);
    expect(line).not.toMatch(secret);
    expect(line).toContain('***');
  });

  it('hides passwords in bodies, and leaves all else', () => {
    const line = text(
      [['call-id', 'response=kept']],
      'a=username:admin\r\na=password:geheim\r\ny=0200000001\r\n<Item><Password>geheim</Password><Name>门口</Name></Item>',
    );
    expect(line).not.toMatch(/admin|geheim/);
    expect(line).toMatch(/response=kept.*a=username:\*\*\*\\na=password:\*\*\*\\ny=0200000001.*<Password>\*\*\*<\/Password><Name>门口<\/Name>/);
  });

  it('is cut where the body is long', () => {
    expect(text([], 'x'.repeat(100_000)).length).toBeLessThan(33_000);
  });
});

it('takes no time over what was made to take some', () => {
  const bad = ['sip:'.repeat(2000), 'nonce='.repeat(1300), '"'.repeat(8000), ' '.repeat(8000)];
  const startedMs = performance.now();
  for (const value of bad)
    traceText({
      firstLine: value,
      headers: [...Array(100)].flatMap(() => [['authorization', value] as const, ['from', value] as const]),
      body: `${'\n'.repeat(30_000)}${value}`,
    });
  expect(performance.now() - startedMs).toBeLessThan(2000);
});

describe('the file', () => {
  let folder: string;
  const warnings: unknown[] = [];
  const quiet = () => {};
  const log = { debug: quiet, info: quiet, warn: (...args: unknown[]) => void warnings.push(args) };
  const lines = (name: string) => readFileSync(join(folder, 'gb28181', name), 'utf8').split('\n');
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gb28181-trace-'));
    warnings.length = 0;
  });
  afterEach(() => rmSync(folder, { recursive: true }));
  const open = (clock: FakeClock) => new Trace({ folder: join(folder, 'gb28181'), timeZone: 'Asia/Shanghai', clock, log });

  it('has a line for each message, GBK in bodies as text; another one from midnight on', async () => {
    const clock = new FakeClock(Date.UTC(2022, 4, 1, 4, 0, 0));
    const trace = open(clock);
    trace.message('in', message([['from', `<sip:${DEVICE}@3402000000>`]], Buffer.from('3c413ed5e3bdadcaa13c2f413e', 'hex')), HOME);
    trace.message('out', response(200, '', 'OK'), { ...HOME, transport: 'tcp' });
    clock.advance(11 * 3_600_000 + 59 * 60_000);
    trace.message('in', message([]), HOME);
    clock.advance(60_000);
    trace.message('in', message([]), HOME);
    await trace.close();
    expect(readdirSync(join(folder, 'gb28181'))).toEqual(['2022-05-01.log', '2022-05-02.log']);
    expect(lines('2022-05-01.log')).toEqual([
      `2022-05-01T12:00:00.000 < udp 192.0.2.10:5060 MESSAGE sip:${DEVICE}@3402000000\\nfrom: <sip:${DEVICE}@3402000000>\\n\\n<A>浙江省</A>`,
      '2022-05-01T12:00:00.000 > tcp 192.0.2.10:5060 200 OK',
      `2022-05-01T23:59:00.000 < udp 192.0.2.10:5060 MESSAGE sip:${DEVICE}@3402000000`,
      '',
    ]);
    expect(lines('2022-05-02.log')).toHaveLength(2);
    expect(statSync(join(folder, 'gb28181/2022-05-01.log')).mode & 0o777).toBe(0o600);
    expect(clock.pending).toBe(0);
  });

  it('goes on where it was', async () => {
    for (let i = 0; i < 2; i++) {
      const trace = open(new FakeClock(Date.UTC(2022, 4, 1, 4, 0, 0)));
      trace.message('in', message([]), HOME);
      await trace.close();
    }
    expect(lines('2022-05-01.log')).toHaveLength(3);
  });

  it('that cannot be written is told of once, and harms nobody', async () => {
    writeFileSync(join(folder, 'gb28181'), 'a file where the folder should be');
    const clock = new FakeClock(Date.UTC(2022, 4, 1, 4, 0, 0));
    const trace = open(clock);
    for (let i = 0; i < 3; i++) trace.message('in', message([]), HOME);
    clock.advance(1000);
    await trace.close();
    expect(warnings).toHaveLength(1);
    expect(existsSync(join(folder, 'gb28181/2022-05-01.log'))).toBe(false);
  });
});
