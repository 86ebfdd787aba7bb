import { describe, expect, it } from '@jest/globals';
import { of } from 'rxjs';
import type { Candidate, MaybeLater } from '../../lib/auth/authenticator.ts';
import { answerOf } from '../../lib/auth/maybe-later.ts';
import { tls, tlsVerifier, type TlsOptions } from '../../lib/auth/tls.ts';
import type { Dict } from '../../lib/types.ts';

const FINGERPRINT = Array.from({ length: 32 }, (_, at) => at.toString(16).padStart(2, '0').toUpperCase()).join(':');
const users = { joe: { fingerprints: [FINGERPRINT.replaceAll(':', '').toLowerCase()], role: 'user' }, jane: { commonName: 'jane.example', role: 'staff' } };
const certified = (peerCertificate: unknown, authorized: unknown = true): Dict => ({ type: 'websocket', tls: { authorized, peerCertificate } });
const joes = { subject: { CN: 'whoever' }, fingerprint: FINGERPRINT };
const janes = { subject: { CN: 'jane.example' }, fingerprint: FINGERPRINT.replace('00', 'FF') };
const pass = { is: 'pass' };

const begin = (transport: Dict, more: Partial<Candidate> = {}, options: TlsOptions = { users }): MaybeLater<unknown> =>
  tlsVerifier(options).begin({ realm: 'realm1', session: 7, authid: undefined, authrole: undefined, authextra: {}, transport, ...more });

describe('tlsVerifier', () => {
  it('knows users by the fingerprint and by the name of their certificate', () => {
    expect(begin(certified(joes))).toEqual({ is: 'accept', authid: 'joe', authrole: 'user', authprovider: 'static' });
    expect(begin(certified(janes), { authid: 'jane', authrole: 'staff' })).toMatchObject({ is: 'accept', authid: 'jane' });
  });

  it.each([
    ['none', { type: 'websocket' }],
    ['one that the server does not trust', certified(janes, false)],
    ['one of which nothing says that it is trusted', certified(janes, 'yes')],
    ['one of nobody', certified({ ...janes, subject: { CN: 'nobody' } })],
    ['several names', certified({ ...janes, subject: { CN: ['jane.example', 'other'] } })],
    ['no subject', certified({ fingerprint: janes.fingerprint })],
    ['no fingerprint', certified({ subject: janes.subject })],
    ['a name of every object', certified({ ...janes, subject: { CN: '__proto__' } })],
    ['what the client itself has said', { type: 'websocket', headers: { 'x-ssl-client-cn': 'jane.example' } }],
  ])('leaves who has %s to other methods', (_, transport) => {
    expect(begin(transport)).toEqual(pass);
  });

  it('lets nobody be another one than the certificate says', () => {
    expect(begin(certified(janes), { authid: 'joe' })).toEqual(pass);
    expect(begin(certified(janes), { authrole: 'admin' })).toEqual(pass);
  });

  it('asks a function, now or later', () => {
    const seen: unknown[] = [];
    const find: TlsOptions = ({ fingerprint, commonName }) => of(commonName === 'jane.example' ? { authid: fingerprint.slice(0, 4), role: 'user' } : undefined);

    for (const certificate of [janes, joes]) answerOf(() => begin(certified(certificate), {}, find)).subscribe((verdict) => seen.push(verdict));

    expect(seen).toEqual([{ is: 'accept', authid: 'ff01', authrole: 'user', authprovider: 'dynamic' }, pass]);
  });

  it.each([
    [{ joe: { role: 'user' } }, 'users["joe"] must have fingerprints or a commonName'],
    [{ joe: { fingerprints: ['00:11'], role: 'user' } }, 'users["joe"].fingerprints must be SHA-256 fingerprints, of 32 bytes in hexadecimal'],
    [{ a: { commonName: 'x', role: 'r' }, b: { commonName: 'x', role: 'r' } }, 'users["b"].commonName must be those of one user'],
  ])('refuses users that could not be told: %#', (wrong, message) => {
    expect(() => tlsVerifier({ users: wrong })).toThrow(new TypeError(message));
  });
});

describe('tls', () => {
  it('answers nothing, since the connection does', () => {
    expect(tls()).toEqual({ method: 'tls', authid: undefined });
  });
});
