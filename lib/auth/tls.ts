import { isDict, own } from '../protocol/fields.ts';
import type { Dict } from '../types.ts';
import type { Accept, Authenticator, Candidate, MaybeLater, Pass, Verifier } from './authenticator.ts';
import { mapAnswer } from './maybe-later.ts';

const METHOD = 'tls';

/** Options of {@link tls}. */
export interface TlsCredentials {
  /** The name to join under. @default the one that the router finds by the certificate */
  readonly authid?: string | undefined;
}

/**
 * Joins as whoever the certificate says that the connection was opened with ("Transport-level Authentication"): `ws(url, { tls: { cert, key } })`, or one that the browser
 * has chosen.
 */
export function tls({ authid }: TlsCredentials = {}): Authenticator {
  return { method: METHOD, authid };
}

/** A user that joins with a certificate: one of these, or with this name in its subject. */
export interface TlsUser {
  /** SHA-256 fingerprints of certificates, in hexadecimal, with colons or without. */
  readonly fingerprints?: readonly string[] | undefined;
  /** The common name (CN) in the subject of a certificate. It is for those who issue certificates to see that no other one has it. */
  readonly commonName?: string | undefined;
  /** The role the user gets. */
  readonly role: string;
}

/** A certificate that the server trusts. */
export interface ClientCertificate {
  /** SHA-256, in hexadecimal, in lower case and without colons. */
  readonly fingerprint: string;
  readonly commonName: string | undefined;
  /** `subject`, `issuer`, `fingerprint` and `validTo`, as the listener has them. */
  readonly details: Dict;
}

/** Finds a user that the router knows nothing of; `undefined` where there is none. */
export type TlsLookup = (certificate: ClientCertificate, candidate: Candidate) => MaybeLater<{ readonly authid: string; readonly role: string } | undefined>;

/** Options of {@link tlsVerifier}: the users by authid, or a function that finds them. */
export type TlsOptions = { readonly users: { readonly [authid: string]: TlsUser } } | TlsLookup;

/**
 * Lets those in whose connection was opened with a certificate that the TLS server trusts (`requestCert: true` and `ca` of its options) and that is one of a user's. Who
 * has none, or one that is not trusted, whatever it says, is left to the next method that he offers. A claimed authid must be that of the user. Throws TypeError
 * over what it is given.
 */
export function tlsVerifier(options: TlsOptions): Verifier {
  const find = typeof options === 'function' ? options : among(options.users);
  return {
    method: METHOD,
    begin: (candidate) => {
      const certificate = certificateOf(candidate.transport);
      if (certificate === undefined) return PASS;
      return mapAnswer(find(certificate, candidate), (user): Accept | Pass => {
        if (user === undefined || (candidate.authid !== undefined && candidate.authid !== user.authid)) return PASS;
        if (candidate.authrole !== undefined && candidate.authrole !== user.role) return PASS;
        return { is: 'accept', authid: user.authid, authrole: user.role, authprovider: typeof options === 'function' ? 'dynamic' : 'static' };
      });
    },
  };
}

const PASS: Pass = { is: 'pass' };

function certificateOf(transport: Dict): ClientCertificate | undefined {
  const tls = own(transport, 'tls');
  if (!isDict(tls) || own(tls, 'authorized') !== true) return undefined;
  const details = own(tls, 'peerCertificate');
  const fingerprint = isDict(details) ? fingerprintOf(own(details, 'fingerprint')) : undefined;
  if (!isDict(details) || fingerprint === undefined) return undefined;
  const subject = own(details, 'subject');
  // Of several names none is the name: Node has them as a list.
  const name = isDict(subject) ? own(subject, 'CN') : undefined;
  return { fingerprint, commonName: typeof name === 'string' ? name : undefined, details };
}

function fingerprintOf(value: unknown): string | undefined {
  const plain = typeof value === 'string' ? value.replaceAll(':', '').toLowerCase() : '';
  return /^[0-9a-f]{64}$/.test(plain) ? plain : undefined;
}

function among(users: { readonly [authid: string]: TlsUser }): TlsLookup {
  const [byFingerprint, byName] = [new Map<string, { authid: string; role: string }>(), new Map<string, { authid: string; role: string }>()];
  for (const [authid, { fingerprints = [], commonName, role }] of Object.entries(users)) {
    const name = `users[${JSON.stringify(authid)}]`;
    if (fingerprints.length === 0 && commonName === undefined) throw new TypeError(`${name} must have fingerprints or a commonName`);
    for (const each of fingerprints) {
      const fingerprint = fingerprintOf(each);
      if (fingerprint === undefined) throw new TypeError(`${name}.fingerprints must be SHA-256 fingerprints, of 32 bytes in hexadecimal`);
      addOnce(byFingerprint, fingerprint, { authid, role }, `${name}.fingerprints`);
    }
    if (commonName !== undefined) addOnce(byName, commonName, { authid, role }, `${name}.commonName`);
  }
  return ({ fingerprint, commonName = '' }) => byFingerprint.get(fingerprint) ?? byName.get(commonName);
}

function addOnce<U>(table: Map<string, U>, key: string, user: U, name: string): void {
  if (table.has(key)) throw new TypeError(`${name} must be those of one user`);
  table.set(key, user);
}
