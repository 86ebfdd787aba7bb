import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './sources.ts';

const [key = '', cert = ''] = readFileSync(join(ROOT, 'samples/transports/localhost.pem'), 'utf8').split(/(?<=KEY-----\n)(?=-----BEGIN CERT)/);

/**
 * A certificate for localhost that signs itself, for both ends of a connection: valid from 2020 to 2120, and of no use but in specs and samples. Its key is
 * no secret.
 */
export const CERTIFICATE: { readonly key: string; readonly cert: string } = { key, cert };
