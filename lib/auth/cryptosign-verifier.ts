import { fromHex, toHex, xor } from '../crypto/bytes.ts';
import type { Signer } from '../crypto/signer.ts';
import { own } from '../protocol/fields.ts';
import type { ChannelBinding, Dict, Uri } from '../types.ts';
import type { Accept, Candidate, Deny, MaybeLater, Question, Verifier } from './authenticator.ts';
import { CHANNEL_BINDINGS, METHOD, NO_CHANNEL_ID, assertBinding, newChallenge, proofOf, publicKeyOf, readProof, signerOf, verifyProof } from './cryptosign-proof.ts';
import { chainAnswer, mapAnswer } from './maybe-later.ts';
import { admit, denied } from './verdicts.ts';

/** A user that joins by cryptosign. */
export interface CryptosignUser {
  /** The public keys that are the user's, in hexadecimal. */
  readonly keys: readonly string[];
  /** The role the user gets. */
  readonly role: string;
  /** The name it gets, where that is another one than it claimed. @default the authid of HELLO, or the public key where it has none */
  readonly authid?: string | undefined;
  /** Where the user is known from. @default 'static' for `users`, 'dynamic' for a look-up */
  readonly authprovider?: string | undefined;
  /** Goes into `WELCOME.Details.authextra`. */
  readonly authextra?: Dict | undefined;
  /** The realm it comes into. @default the realm of HELLO */
  readonly realm?: Uri | undefined;
}

/**
 * Finds a user that the router knows nothing of; `undefined` where there is none. `candidate.authextra` has `pubkey`, and whatever else the client sent:
 * a trustroot and certificates for instance, which are checked here or nowhere.
 */
export type CryptosignLookup = (candidate: Candidate) => MaybeLater<CryptosignUser | Deny | undefined>;

/** Options of {@link cryptosignVerifier}. */
export interface CryptosignOptions {
  /** The users by authid, or a function that finds them. */
  readonly users: { readonly [authid: string]: CryptosignUser } | CryptosignLookup;
  /**
   * The router's own key, by which it proves who it is to clients that ask for it: in hexadecimal, or what signs with it. It signs any 32 bytes that a
   * stranger sends, so it must be of use for nothing else. @default none, and clients that ask get no proof
   */
  readonly key?: Signer | string | undefined;
  /** What a client may bind its answer to; one that wants anything else is refused. @default ['tls-exporter', 'tls-unique'] */
  readonly channelBindings?: readonly ChannelBinding[] | undefined;
}

/**
 * Lets those in who sign 32 random bytes with a key that is one of a user's ("Cryptosign-based Authentication"). A client that leaves its authid out is found by its
 * key, where that is one user's alone. Who is not there gets a challenge like everybody, is verified in the same time, and is refused just like one whose
 * key is wrong: `wamp.error.authentication_denied`. Throws TypeError over what it is given.
 */
export function cryptosignVerifier({ users, key, channelBindings = CHANNEL_BINDINGS }: CryptosignOptions): Verifier {
  const signer = key === undefined ? undefined : signerOf(key, 'key');
  for (const type of channelBindings) assertBinding(type, 'channelBindings');
  const find = typeof users === 'function' ? lookUp(users) : findAmong(users, signer);

  return {
    method: METHOD,
    begin: (candidate) => {
      const asked = readHello(candidate, channelBindings);
      if ('is' in asked) return asked;
      return chainAnswer(find(candidate, toHex(asked.publicKey)), (user): MaybeLater<Deny | Question> => {
        if ('is' in user) return user;
        const { challenge } = asked;
        if (challenge === undefined || signer === undefined) return ask(candidate, user, asked, {});
        const pubkey = toHex(signer.publicKey);
        return mapAnswer(proofOf(signer, xor(challenge, asked.channelId)), (signature) => ask(candidate, user, asked, { pubkey, signature }));
      });
    },
  };
}

/** What HELLO asks for. */
interface Asked {
  readonly publicKey: Uint8Array;
  /** What the client wants the router to sign. */
  readonly challenge: Uint8Array | undefined;
  readonly binding: ChannelBinding | null;
  readonly channelId: Uint8Array;
}

function readHello({ authextra, channelId }: Candidate, channelBindings: readonly ChannelBinding[]): Asked | Deny {
  const publicKey = fromHex(own(authextra, 'pubkey'), 32);
  if (publicKey === undefined) return deny('pubkey must be there, 32 bytes in hexadecimal');
  const wanted = own(authextra, 'challenge') ?? undefined;
  const challenge = fromHex(wanted, 32);
  if (wanted !== undefined && challenge === undefined) return deny('challenge must be 32 bytes in hexadecimal, or left out');
  const named = own(authextra, 'channel_binding') ?? null;
  if (named === null) return { publicKey, challenge, binding: null, channelId: NO_CHANNEL_ID };
  const binding = channelBindings.find((type) => type === named);
  const id = binding && channelId?.(binding);
  // To go on without it would be up to the client, which must not.
  if (binding === undefined || id === undefined) return deny('channel_binding must be one that this connection has');
  return { publicKey, challenge, binding, channelId: id };
}

type Find = (candidate: Candidate, pubkey: string) => MaybeLater<CryptosignUser | Deny>;

/** A user that is not there: it has no key. */
const NOBODY: CryptosignUser = { keys: [], role: '' };

function lookUp(find: CryptosignLookup): Find {
  return (candidate) => mapAnswer(find(candidate), (found) => found ?? NOBODY);
}

function findAmong(users: { readonly [authid: string]: CryptosignUser }, signer: Signer | undefined): Find {
  // Maps, since `users[authid]` would find what every object has.
  const known = new Map<string, CryptosignUser>();
  const owners = new Map<string, CryptosignUser>();
  const own = signer && toHex(signer.publicKey);
  for (const [authid, user] of Object.entries(users)) {
    const keys = user.keys.map((key) => toHex(publicKeyOf(key, `keys of the user ${JSON.stringify(authid)}`)));
    // Whoever asks the router for a proof would get what it takes to be let in.
    if (own !== undefined && keys.includes(own)) throw new TypeError('key of the router must not be that of a user');
    const entry: CryptosignUser = { authprovider: 'static', authid, ...user, keys };
    known.set(authid, entry);
    for (const key of keys) owners.set(key, owners.has(key) ? NOBODY : entry);
  }
  return ({ authid }, pubkey) => (authid === undefined ? owners.get(pubkey) : known.get(authid)) ?? NOBODY;
}

function ask(candidate: Candidate, user: CryptosignUser, { publicKey, binding, channelId }: Asked, proof: Dict): Question {
  const challenge = newChallenge();
  const expected = xor(challenge, channelId);
  const pubkey = toHex(publicKey);
  return {
    is: 'question',
    extra: { challenge: toHex(challenge), channel_binding: binding, ...proof },
    check: ({ signature }): Accept | Deny => {
      const given = readProof(signature) ?? NO_PROOF;
      const proves = verifyProof(given, expected, publicKey);
      if (!proves || !user.keys.some((key) => key.toLowerCase() === pubkey)) return DENIED;
      const { role, authid = candidate.authid ?? pubkey, authprovider = 'dynamic', authextra, realm } = user;
      return admit(candidate, { authid, authrole: role, authprovider, authextra, realm });
    },
  };
}

const NO_PROOF = { signature: new Uint8Array(64), message: new Uint8Array(32) };

function deny(message: string): Deny {
  return { is: 'deny', message: `HELLO.Details.authextra.${message}` };
}

const DENIED = denied('the authid or the key is wrong');
