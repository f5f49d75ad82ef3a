import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError, createEngine, definePlugin, tlsConfig } from '@sluice/core';
import { z } from 'zod';
import { Warnings } from '../src/kernel/warnings.js';
import { type Certificate, certificateLooks, readCertificate } from '../src/transport/certificate.js';
import { certificates } from './fixtures/certificates.js';

const [first, second] = certificates;

describe('a certificate', () => {
  let folder: string;
  let files: Certificate;
  const write = ({ cert, key }: Certificate): void => {
    writeFileSync(files.cert, cert);
    writeFileSync(files.key, key);
  };

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'sluice-certificate-'));
    files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
    write(first);
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  it('is read from texts and from files', async () => {
    expect(await readCertificate(files)).toEqual(first);
    expect(await readCertificate(first)).toEqual(first);
  });

  it.each([
    ['a file that is missing', () => ({ ...files, cert: join(folder, 'no.pem') }), 'ENOENT'],
    ['text that is no certificate', () => ({ ...first, cert: '-----BEGIN nothing' }), 'PEM certificate'],
    ['text that is no key', () => ({ ...first, key: '-----BEGIN nothing' }), 'private key in PEM'],
    ['a key of another certificate', () => ({ ...first, key: second.key }), 'another one'],
  ])('is refused with %s', async (_what, make, message) => {
    await expect(readCertificate(make())).rejects.toMatchObject({ code: 'ERR_CONFIG_CERTIFICATE', message: expect.stringContaining(message) });
  });

  it('does not show a key that was put in the place of its file', async () => {
    const key = 'MIGHAgEAMBMGByqGSM49';
    await expect(readCertificate({ ...first, key })).rejects.toMatchObject({ message: expect.not.stringContaining(key) });
  });

  const thing = definePlugin({ name: 'thing', version: '1.0.0', config: z.strictObject({ tls: tlsConfig(8443, 'HTTPS') }), setup() {} });
  const mistakes = async (tls: Certificate): Promise<readonly string[]> => {
    const error: unknown = await createEngine({ plugins: [thing], config: { thing: { tls } } }).then(
      () => undefined,
      (reason: unknown) => reason,
    );
    return error instanceof ConfigError ? error.mistakes.map(({ key, message }) => `${key}: ${message}`) : [];
  };

  it('is a mistake of the config where it cannot be used, which names the key and does not show it', async () => {
    expect(await mistakes(files)).toEqual([]);
    expect(await mistakes({ ...files, cert: '/nowhere.pem' })).toEqual([
      'thing.tls.cert: expected a PEM certificate or the file of one (ENOENT), given "/nowhere.pem"',
    ]);
    expect(await mistakes({ ...first, key: second.key })).toEqual([
      'thing.tls.key: expected the private key of the certificate, and one that is strong enough (it belongs to another one), given a secret',
    ]);
  });

  it('is looked at again: half a change is waited for, one that stays broken is told once', async () => {
    const told: string[] = [];
    const look = certificateLooks(files, first, {
      changed: ({ cert }) => told.push(cert === second.cert ? 'second' : 'first'),
      unusable: () => told.push('unusable'),
      recovered: () => told.push('recovered'),
    });
    await look();
    expect(told).toEqual([]);
    writeFileSync(files.cert, second.cert);
    await look();
    expect(told).toEqual([]);
    writeFileSync(files.key, second.key);
    await look();
    expect(told).toEqual(['recovered', 'second']);
    writeFileSync(files.key, '');
    for (let i = 0; i < 3; i++) await look();
    expect(told.slice(2)).toEqual(['unusable']);
    write(second);
    await look();
    expect(told.slice(3)).toEqual(['recovered']);
  });
});

describe('warnings', () => {
  it('are told once each, and taken back when nobody holds them any more', () => {
    const warnings = new Warnings();
    const [one, two] = [warnings.add('a'), warnings.add('a')];
    warnings.add('b');
    expect(warnings.list()).toEqual(['a', 'b']);
    one();
    one();
    expect(warnings.list()).toEqual(['a', 'b']);
    two();
    expect(warnings.list()).toEqual(['b']);
    for (let i = 0; i < 1000; i++) warnings.add(`w${i}`);
    expect(warnings.list()).toHaveLength(100);
  });
});
