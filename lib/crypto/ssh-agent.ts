// [node]
import { connect } from 'node:net';
import { Observable, asyncScheduler, defer, map, throwError, timeout, type SchedulerLike } from 'rxjs';
import { joinBytes } from './bytes.ts';
import { verifySignature } from './ed25519.ts';
import { KeyError } from './key-error.ts';
import type { Signer } from './signer.ts';
import { SSH_ED25519, SshReader, readSshPublicKey, sshPublicKey, sshString, sshUint32 } from './ssh-wire.ts';

export { KeyError, type KeyErrorCode } from './key-error.ts';
export type { SignatureBytes, Signer } from './signer.ts';

/** Messages of the protocol (draft-ietf-sshm-ssh-agent, 6.1). */
const REQUEST_IDENTITIES = 11;
const IDENTITIES_ANSWER = 12;
const SIGN_REQUEST = 13;
const SIGN_RESPONSE = 14;

/** The longest answer that OpenSSH gives. */
const MAX_ANSWER = 262_144;

/** Options of {@link sshAgentKeys}. */
export interface SshAgentOptions {
  /** Path of the agent's socket. @default the environment's SSH_AUTH_SOCK */
  readonly socket?: string | undefined;
  /** Milliseconds until an answer must be there. An agent may ask a person first. @default 60000 */
  readonly timeout?: number | undefined;
  /** Where the time passes. @default asyncScheduler */
  readonly scheduler?: SchedulerLike | undefined;
}

/** An Ed25519 key in an ssh agent. */
export interface SshAgentKey extends Signer {
  /** What the key is called, often `user@host`. */
  readonly comment: string;
  /** Cold: each subscription asks the agent once, on a connection of its own. Unsubscribing closes it. */
  sign(message: Uint8Array): Observable<Uint8Array>;
}

/**
 * The Ed25519 keys of the ssh agent, in its order; those of other types are left out. Cold: each subscription asks once, and closes the connection.
 *
 * Errors with KeyError, by the code `unavailable` where there is no agent, or none that answers in time, and `unreadable` where it says something else. A
 * key errors by `missing` where the agent does not sign with it: it was taken out, the agent is locked, or its owner said no.
 *
 * ```ts
 * createClient({
 *   url, realm: 'realm1',
 *   auth: () => sshAgentKeys().pipe(map((keys) => keys.find(({ comment }) => comment === 'device7')!), map((key) => cryptosign({ key }))),
 * });
 * ```
 */
export function sshAgentKeys(options: SshAgentOptions = {}): Observable<readonly SshAgentKey[]> {
  return ask(Uint8Array.of(REQUEST_IDENTITIES), options).pipe(map((answer) => readIdentities(answer, options)));
}

function readIdentities(answer: Uint8Array, options: SshAgentOptions): readonly SshAgentKey[] {
  const reader = new SshReader(answer, 'answer of the ssh agent');
  if (reader.byte() !== IDENTITIES_ANSWER) throw new KeyError('unreadable', 'ssh agent must answer with its keys, and did not');
  const keys: SshAgentKey[] = [];
  for (let left = reader.uint32(); left > 0; left--) {
    const publicKey = readSshPublicKey(reader.string(), 'answer of the ssh agent');
    const comment = new TextDecoder().decode(reader.string());
    if (publicKey !== undefined) keys.push({ publicKey, comment, sign: (message) => sign(message, publicKey, options) });
  }
  return keys;
}

function sign(message: Uint8Array, publicKey: Uint8Array, options: SshAgentOptions): Observable<Uint8Array> {
  const request = joinBytes(Uint8Array.of(SIGN_REQUEST), sshString(sshPublicKey(publicKey)), sshString(message), sshUint32(0));
  return ask(request, options).pipe(map((answer) => {
    const reader = new SshReader(answer, 'answer of the ssh agent');
    if (reader.byte() !== SIGN_RESPONSE) throw new KeyError('missing', 'ssh agent must sign with this key, and refused');
    const signed = new SshReader(reader.string(), 'answer of the ssh agent');
    const [type, signature] = [signed.name(), signed.string()];
    if (type !== SSH_ED25519 || !verifySignature(signature, message, publicKey)) throw new KeyError('unreadable', 'ssh agent must answer with a signature by this key, and did not');
    return signature;
  }));
}

/** Sends one message and emits the answer, both without their lengths. */
function ask(message: Uint8Array, { socket, timeout: within = 60_000, scheduler = asyncScheduler }: SshAgentOptions): Observable<Uint8Array> {
  return defer(() => {
    const path = socket ?? process.env['SSH_AUTH_SOCK'];
    if (path === undefined || path === '') return throwError(() => new KeyError('unavailable', 'ssh agent must be named, by SSH_AUTH_SOCK or by the option socket'));
    return exchange(path, message);
  }).pipe(timeout({ first: within, scheduler, with: () => throwError(() => new KeyError('unavailable', `ssh agent must answer within ${within} ms`)) }));
}

function exchange(path: string, message: Uint8Array): Observable<Uint8Array> {
  return new Observable((subscriber) => {
    const fail = (code: 'unavailable' | 'unreadable', reason: string, cause?: unknown): void =>
      subscriber.error(new KeyError(code, `ssh agent ${reason}`, cause === undefined ? {} : { cause }));
    const wire = connect({ path });
    let received: Uint8Array = new Uint8Array();
    wire.on('error', (cause) => fail('unavailable', 'cannot be reached', cause));
    wire.on('close', () => fail('unavailable', 'must answer, and hung up'));
    wire.on('data', (data: Buffer) => {
      received = joinBytes(received, data);
      if (received.length < 4) return;
      const length = new SshReader(received, 'answer of the ssh agent').uint32();
      if (length > MAX_ANSWER) return fail('unreadable', `must answer with up to ${MAX_ANSWER} bytes, got ${length}`);
      if (received.length < 4 + length) return;
      subscriber.next(received.slice(4, 4 + length));
      subscriber.complete();
    });
    wire.write(sshString(message));
    return () => wire.destroy();
  });
}
