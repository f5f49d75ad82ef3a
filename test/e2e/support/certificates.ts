import { renameSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './programs.js';

/** An authority in a folder, which makes certificates for 127.0.0.1. */
export interface Authority {
  /** File of its own certificate, for those who trust it. */
  readonly file: string;
  /** Puts a certificate with this name, and its key, in the place of those before, as an operator's tool does. */
  issue(commonName: string): Promise<void>;
  readonly cert: string;
  readonly key: string;
}

async function openssl(...args: string[]): Promise<void> {
  const { code, stderr } = await run('openssl', args);
  if (code !== 0) throw new Error(`openssl ${args[0]}: ${stderr}`);
}

/** Makes one with openssl. */
export async function createAuthority(folder: string): Promise<Authority> {
  const at = (name: string): string => join(folder, name);
  const ec = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  await openssl('req', '-x509', ...ec, '-subj', '/CN=test authority', '-days', '2', '-keyout', at('ca.key'), '-out', at('ca.pem'));
  const [cert, key] = [at('cert.pem'), at('key.pem')];
  return {
    file: at('ca.pem'),
    cert,
    key,
    issue: async (commonName) => {
      const names = ['-subj', `/CN=${commonName}`, '-addext', 'subjectAltName=IP:127.0.0.1,DNS:localhost', '-addext', 'basicConstraints=critical,CA:FALSE'];
      const signer = ['-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-days', '2'];
      await openssl('req', '-x509', ...ec, ...names, ...signer, '-keyout', at('new.key'), '-out', at('new.pem'));
      renameSync(at('new.key'), key);
      renameSync(at('new.pem'), cert);
    },
  };
}
