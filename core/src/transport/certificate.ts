import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { createSecureContext } from 'node:tls';
import { messageOf, SluiceError } from '../error.js';

/** Where a certificate is: PEM texts, or files that hold them. */
export interface CertificateSource {
  /** The certificate and, after it, those that vouch for it. */
  readonly cert: string;
  /** The private key, without a passphrase. */
  readonly key: string;
}

/** A certificate as PEM texts. */
export type Certificate = CertificateSource;

/** How often files are looked at again. */
const LOOK_MS = 2000;

function isFile(source: string): boolean {
  return !source.trimStart().startsWith('-----BEGIN');
}

/** What is wrong with `source` as a certificate; nothing where it is one. */
export function certificateFault(source: string): string | undefined {
  return faultOf('a PEM certificate or the file of one', () => new X509Certificate(textOf(source)));
}

/** What is wrong with `source` as a private key. */
export function keyFault(source: string): string | undefined {
  return faultOf('a private key in PEM without a passphrase, or the file of one', () => createPrivateKey(textOf(source)));
}

/** What is wrong with the two together, where each alone is good. */
export function pairFault(source: CertificateSource): string | undefined {
  return faultOf('the private key of the certificate, and one that is strong enough', () => {
    const pair = { cert: textOf(source.cert), key: textOf(source.key) };
    // A secure context takes a key of another kind without a word, and then no handshake succeeds.
    if (!new X509Certificate(pair.cert).checkPrivateKey(createPrivateKey(pair.key))) throw new Error('it belongs to another one');
    createSecureContext(pair);
  });
}

function textOf(source: string): string {
  return isFile(source) ? readFileSync(source, 'utf8') : source;
}

function faultOf(expected: string, look: () => unknown): string | undefined {
  try {
    look();
    return undefined;
  } catch (error) {
    return `expected ${expected} (${reasonOf(error)})`;
  }
}

/** Where a file could not be read, its code alone: somebody may have put a key where its file was expected. */
function reasonOf(error: unknown): string {
  const { syscall, code } = error as { readonly syscall?: unknown; readonly code?: unknown };
  return syscall === undefined ? messageOf(error) : String(code);
}

/** Reads a certificate and checks it. Rejects with `ERR_CONFIG_CERTIFICATE`. */
export async function readCertificate({ cert, key }: CertificateSource): Promise<Certificate> {
  const read = async (source: string): Promise<string> => (isFile(source) ? await readFile(source, 'utf8') : source);
  let texts: Certificate;
  try {
    texts = { cert: await read(cert), key: await read(key) };
  } catch (error) {
    throw broken(reasonOf(error));
  }
  const fault = certificateFault(texts.cert) ?? keyFault(texts.key) ?? pairFault(texts);
  if (fault !== undefined) throw broken(fault);
  return texts;
}

function broken(why: string): SluiceError {
  return new SluiceError('ERR_CONFIG_CERTIFICATE', `the certificate cannot be used: ${why}`);
}

/** Who is told of a certificate's files. */
export interface CertificateWatcher {
  /** They hold another good one. */
  changed(certificate: Certificate): void;
  /** They hold nothing of use; told once until they change again. */
  unusable(error: SluiceError): void;
  /** They hold the one that is in use again. */
  recovered(): void;
}

/**
 * What one look at the files after another finds. Certificate and key are rarely written in one step, so what is unusable is told only when
 * it has stayed so for two looks.
 */
export function certificateLooks(source: CertificateSource, inUse: Certificate, watcher: CertificateWatcher): () => Promise<void> {
  let current = inUse;
  let faults = 0;
  return async () => {
    try {
      const found = await readCertificate(source);
      if (faults > 0) watcher.recovered();
      faults = 0;
      if (found.cert === current.cert && found.key === current.key) return;
      current = found;
      watcher.changed(found);
    } catch (error) {
      if (++faults === 2 && error instanceof SluiceError) watcher.unusable(error);
    }
  };
}

/** Looks at the files again and again: renames, links and mounted folders change in ways that notifications miss. Answers how to stop. */
export function watchCertificate(source: CertificateSource, inUse: Certificate, watcher: CertificateWatcher): () => void {
  if (!isFile(source.cert) && !isFile(source.key)) return () => {};
  const look = certificateLooks(source, inUse, watcher);
  let isStopped = false;
  let timer: NodeJS.Timeout;
  const wait = (): void => {
    if (!isStopped) timer = setTimeout(() => void look().finally(wait), LOOK_MS).unref();
  };
  wait();
  return () => {
    isStopped = true;
    clearTimeout(timer);
  };
}
