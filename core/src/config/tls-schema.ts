import { z } from 'zod';
import { certificateFault, keyFault, pairFault } from '../transport/certificate.js';

/**
 * The `tls` of a listener beside its plain port: `{ cert, key, port }`, left out for none. What it names is read when the config is checked,
 * so that a certificate that cannot be used is a mistake of the config like any other.
 *
 * @param port - the default port
 * @param protocol - what is spoken on it, for the description
 */
export function tlsConfig(port: number, protocol: string) {
  return z
    .strictObject({
      cert: z.string().superRefine(withoutFault(certificateFault)).describe('PEM text or file of the certificate chain; a changed file is read again'),
      key: z.string().superRefine(withoutFault(keyFault)).meta({ secret: true }).describe('PEM text or file of the private key'),
      port: z.int().min(0).max(65_535).default(port).describe(`TCP port for ${protocol}, beside the plain one; 0 for any free one`),
    })
    .superRefine((pair, check) => {
      const isGood = certificateFault(pair.cert) === undefined && keyFault(pair.key) === undefined;
      const message = isGood ? pairFault(pair) : undefined;
      if (message !== undefined) check.addIssue({ code: 'custom', message, path: ['key'] });
    })
    .exactOptional()
    .describe(`${protocol}; off without it`);
}

function withoutFault(faultOf: (source: string) => string | undefined): (source: string, check: z.core.$RefinementCtx<string>) => void {
  return (source, check) => {
    const message = faultOf(source);
    if (message !== undefined) check.addIssue({ code: 'custom', message });
  };
}
