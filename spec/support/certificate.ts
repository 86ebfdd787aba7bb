import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ROOT } from './sources.ts';

const [key = '', cert = ''] = readFileSync(join(ROOT, 'samples/transports/localhost.pem'), 'utf8').split(/(?<=KEY-----\n)(?=-----BEGIN CERT)/);

/**
 * A certificate for localhost that signs itself, for both ends of a connection: valid from 2020 to 2120, and of no use but in specs and samples. Its key is
 * no secret.
 */
export const CERTIFICATE: { readonly key: string; readonly cert: string } = { key, cert };

/** The same with the serial number 2, for the same key: the one that comes after it. */
export const RENEWED_CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBljCCATugAwIBAgIBAjAKBggqhkjOPQQDAjArMRIwEAYDVQQDDAlsb2NhbGhv
c3QxFTATBgNVBAoMDHJ4d2FtcCBzcGVjczAgFw0yMDAxMDEwMDAwMDBaGA8yMTIw
MDEwMTAwMDAwMFowKzESMBAGA1UEAwwJbG9jYWxob3N0MRUwEwYDVQQKDAxyeHdh
bXAgc3BlY3MwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASpWolDIFjTLEN1XUTm
HRxHcktSYlK/1dlyKh6GCkzmCsq+otud9udXb+bD8FeyENHkeEfIpfYvtTEts8EN
nF4Ho04wTDAPBgNVHRMBAf8EBTADAQH/MBoGA1UdEQQTMBGCCWxvY2FsaG9zdIcE
fwAAATAdBgNVHQ4EFgQUn3FPvUKtQTWQ+HUwwFzaIMhBwD0wCgYIKoZIzj0EAwID
SQAwRgIhAKszbnFINrYhcJ37S1XRytQ0k31gT9LixUbRkcfCIRR0AiEAsMVAaN3l
VYMQ/RNjVfkc9Ij6PIwCA5IQDowKfJueUa0=
-----END CERTIFICATE-----
`;
