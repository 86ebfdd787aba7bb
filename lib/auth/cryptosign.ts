import { toHex, xor } from '../crypto/bytes.ts';
import type { Signer } from '../crypto/signer.ts';
import { AuthenticationError } from '../errors.ts';
import { own } from '../protocol/fields.ts';
import { show } from '../protocol/show.ts';
import type { ChannelBinding, Dict, List } from '../types.ts';
import type { Authenticator, JoinChannel, Signature } from './authenticator.ts';
import { METHOD, NO_CHANNEL_ID, assertBinding, newChallenge, proofOf, publicKeyOf, readBytes, readProof, signerOf, verifyProof } from './cryptosign-proof.ts';
import { mapAnswer } from './maybe-later.ts';

export { cryptosignVerifier, type CryptosignLookup, type CryptosignOptions, type CryptosignUser } from './cryptosign-verifier.ts';
export type { ChannelBinding } from '../types.ts';
export type { Signer } from '../crypto/signer.ts';

/** Attempts to join that may be under way at a time: more than a handover and a reconnect make. */
const MAX_ATTEMPTS = 16;

/** What a client needs for {@link cryptosign}. */
export interface CryptosignCredentials {
  /** The private key, 32 bytes in hexadecimal, or what signs with it: a key of a file, an agent, a security module, or of WebCrypto. */
  readonly key: Signer | string;
  /** The name to join under. @default the one that the router finds by the key */
  readonly authid?: string | undefined;
  readonly authrole?: string | undefined;
  /** Binds the answer to the TLS connection. Where that has no such id, or the router goes on without, the attempt ends. @default none */
  readonly channelBinding?: ChannelBinding | undefined;
  /** The public key of the router, in hexadecimal: it has to prove that it has it, or the attempt ends. @default any router is trusted */
  readonly router?: string | undefined;
  /** The address that the certificates go back to ("Trustroots and Certificates"); sent as it is. */
  readonly trustroot?: string | undefined;
  /** A chain of certificates, sent as it is. */
  readonly certificates?: List | undefined;
}

/**
 * Joins with an Ed25519 key ("Cryptosign-based Authentication"): the client names its public key and signs 32 bytes that the router chooses. The private
 * half does not travel, and the router does not have it.
 *
 * `channelBinding` holds off whoever passes messages on from one TLS connection to another, and no more: the specification binds by exclusive or, so that
 * who may change a challenge on the way changes it to fit. Certificates are what keeps others out of the connection. Throws TypeError over what it is given.
 *
 * ```ts
 * createClient({ url: 'wss://example.com/ws', realm: 'realm1', auth: cryptosign({ authid: 'device7', key: process.env['DEVICE_KEY']! }) });
 * ```
 */
export function cryptosign({ key, authid, authrole, channelBinding, router, trustroot, certificates }: CryptosignCredentials): Authenticator {
  const signer = signerOf(key, 'key');
  const pubkey = toHex(signer.publicKey);
  if (channelBinding !== undefined) assertBinding(channelBinding, 'channelBinding');
  const pinned = router === undefined ? undefined : publicKeyOf(router, 'router');
  if (pinned !== undefined && toHex(pinned) === pubkey) throw new TypeError('router must have another key than the client');
  const proofs = pinned && new RouterProofs(pinned);

  return {
    method: METHOD,
    authid,
    authrole,
    // Read for each HELLO: each attempt has a challenge of its own.
    get authextra() {
      return {
        pubkey,
        ...(channelBinding !== undefined && { channel_binding: channelBinding }),
        ...(proofs && { challenge: proofs.begin() }),
        ...(trustroot !== undefined && { trustroot }),
        ...(certificates && { certificates }),
      };
    },
    answer: (extra, channel = NOWHERE) => {
      const channelId = channelIdOf(channelBinding, extra, channel);
      const challenge = readBytes(own(extra, 'challenge'), 'CHALLENGE.Extra.challenge');
      proofs?.check(extra, channelId, channel);
      return mapAnswer(proofOf(signer, xor(challenge, channelId)), (signature): Signature => ({ signature }));
    },
    ...(proofs && { welcome: (_: Dict, channel: JoinChannel = NOWHERE) => proofs.confirm(channel) }),
  };
}

/** Stands in for the connection where whoever asks does not show it. */
const NOWHERE: JoinChannel = { channelId: () => undefined };

function channelIdOf(wanted: ChannelBinding | undefined, extra: Dict, channel: JoinChannel): Uint8Array {
  const bound = own(extra, 'channel_binding') ?? undefined;
  // Without it anybody on the way could have it left out.
  if (bound !== wanted) throw new AuthenticationError(`CHALLENGE.Extra.channel_binding must be ${wanted ?? 'null'}, got ${show(bound)}`);
  if (wanted === undefined) return NO_CHANNEL_ID;
  const id = channel.channelId(wanted);
  if (id === undefined) throw new AuthenticationError(`connection must have a channel id of type ${wanted}, and has none`);
  return id;
}

/** What routers have to prove in the attempts that are under way, and in which they have. */
class RouterProofs {
  readonly #key: Uint8Array;
  readonly #challenges = new Set<string>();
  readonly #proven = new WeakSet<JoinChannel>();

  constructor(key: Uint8Array) {
    this.#key = key;
  }

  begin(): string {
    const challenge = toHex(newChallenge());
    if (this.#challenges.size === MAX_ATTEMPTS) this.#challenges.delete(this.#challenges.keys().next().value ?? '');
    this.#challenges.add(challenge);
    return challenge;
  }

  check(extra: Dict, channelId: Uint8Array, channel: JoinChannel): void {
    // Signing what we asked would be doing the router's work.
    if (this.#challenges.has(String(own(extra, 'challenge')).toLowerCase())) {
      throw new AuthenticationError('CHALLENGE.Extra.challenge must be one of the router, got that of HELLO');
    }
    const proof = readProof(own(extra, 'signature'));
    const proves = proof !== undefined && verifyProof(proof, proof.message, this.#key) && this.#challenges.delete(toHex(xor(proof.message, channelId)));
    if (!proves) throw new AuthenticationError('router must prove that it has its key, and did not');
    this.#proven.add(channel);
  }

  /** A router that leaves CHALLENGE out has proved nothing. */
  confirm(channel: JoinChannel): void {
    if (!this.#proven.delete(channel)) throw new AuthenticationError('router must prove that it has its key, and did not');
  }
}
