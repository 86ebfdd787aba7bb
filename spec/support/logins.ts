/** Every method of authentication with the same two users, and clients that are nothing but lists to try them with. */
import { createHash } from 'node:crypto';
import { asyncScheduler, VirtualTimeScheduler, type SchedulerLike } from 'rxjs';
import type { Authenticator, Signature, Verifier } from '../../lib/auth/authenticator.ts';
import { cryptosign, cryptosignVerifier } from '../../lib/auth/cryptosign.ts';
import { scram, scramUser, scramVerifier, type ScramMethod } from '../../lib/auth/scram.ts';
import { ticket, ticketVerifier } from '../../lib/auth/ticket.ts';
import { totp, totpVerifier } from '../../lib/auth/totp.ts';
import { deriveKey, wampcra, wampcraVerifier } from '../../lib/auth/wampcra.ts';
import { MessageType } from '../../lib/protocol/messages.ts';
import { createRouter, type Router, type RouterLimits } from '../../lib/router/index.ts';
import { memoryLink } from '../../lib/transports/memory.ts';
import type { Dict } from '../../lib/types.ts';
import { RawPeer } from './raw-peer.ts';

/** The users there are, and what each of them knows. In base32, so that every method can take it. */
export const SECRETS = { joe: 'MFRGGZDFMZTWQ2LK', jane: 'GEZDGNBVGY3TQOJQ' } as const;
export const WRONG = 'NBSWY3DPEB3W64TM';

/** One method of authentication, with both of its halves. */
export interface Login {
  readonly name: string;
  readonly method: string;
  /** Whether what answers one challenge answers another one as well, as a ticket does. */
  readonly isReplayable: boolean;
  /** Knows joe and jane, with the role `user`. */
  verifier(scheduler: SchedulerLike): Verifier;
  /** A client with a name and a secret of its own. */
  client(authid: string, secret: string, scheduler?: SchedulerLike): Authenticator;
}

const byName = <U>(user: (secret: string) => U): { joe: U; jane: U } => ({ joe: user(SECRETS.joe), jane: user(SECRETS.jane) });
/** The private key of a user, in hexadecimal. */
export const privateKeyOf = (secret: string): string => createHash('sha256').update(secret).digest('hex');
const publicKeyOf = (secret: string): string => String(cryptosign({ key: privateKeyOf(secret) }).authextra?.['pubkey']);
const SALTING = { salt: 'salt of everybody', iterations: 10, keylen: 32 };

function scramLogin(method: ScramMethod): Login {
  const users = byName((secret) => scramUser(secret, { role: 'user', kdf: 'pbkdf2', iterations: 4096, method }));
  return {
    name: method, method, isReplayable: false,
    verifier: () => scramVerifier({ users, method }),
    client: (authid, password) => scram({ authid, password, method }),
  };
}

/** All methods in which a client answers a question. */
export const LOGINS: readonly Login[] = [
  {
    name: 'ticket', method: 'ticket', isReplayable: true,
    verifier: () => ticketVerifier({ users: byName((secret) => ({ ticket: secret, role: 'user' })) }),
    client: (authid, secret) => ticket({ authid, ticket: secret }),
  },
  {
    name: 'wampcra', method: 'wampcra', isReplayable: false,
    verifier: (scheduler) => wampcraVerifier({ users: byName((secret) => ({ secret, role: 'user' })) }, scheduler),
    client: (authid, secret) => wampcra({ authid, secret }),
  },
  {
    name: 'salted wampcra', method: 'wampcra', isReplayable: false,
    verifier: (scheduler) => wampcraVerifier({ users: byName((secret) => ({ secret: deriveKey(secret, SALTING), role: 'user', ...SALTING })) }, scheduler),
    client: (authid, secret) => wampcra({ authid, secret }),
  },
  scramLogin('wamp-scram'),
  scramLogin('scram'),
  {
    name: 'cryptosign', method: 'cryptosign', isReplayable: false,
    verifier: () => cryptosignVerifier({ users: byName((secret) => ({ keys: [publicKeyOf(secret)], role: 'user' })) }),
    client: (authid, secret) => cryptosign({ authid, key: privateKeyOf(secret) }),
  },
  {
    name: 'totp', method: 'totp', isReplayable: false,
    verifier: (scheduler) => totpVerifier({ users: byName((secret) => ({ secret, role: 'user' })) }, scheduler),
    client: (authid, secret, scheduler = asyncScheduler) => totp({ authid, secret, scheduler }),
  },
];

/** A router with one method, in a time that passes by hand, and clients that come to it from an address. */
export class LoginStage {
  readonly scheduler: VirtualTimeScheduler = new VirtualTimeScheduler();
  readonly router: Router;
  readonly #login: Login;

  constructor(login: Login, limits: RouterLimits = {}) {
    this.#login = login;
    this.scheduler.frame = 1_000_000_000;
    this.router = createRouter({ realms: { realm1: { auth: [login.verifier(this.scheduler)] } }, limits, scheduler: this.scheduler });
  }

  /** Lets time pass in which nothing else happens. */
  pass(milliseconds: number): void {
    this.scheduler.frame += milliseconds;
  }

  /** Says HELLO from an address. */
  hello(credentials: Authenticator, { peer = '192.0.2.1', ...details }: Dict & { readonly peer?: string } = {}): RawPeer {
    const [near, far] = memoryLink();
    this.router.attach(far, { type: 'websocket', peer: `tcp4:${peer}:50000` });
    const { method, authid, authrole, authextra } = credentials;
    return new RawPeer(near).hello('realm1', { authmethods: [method], authid, authrole, authextra, ...details });
  }

  /** Says HELLO as somebody with a secret, and answers what is asked. */
  enter(authid: string, secret: string, details: Dict & { readonly peer?: string } = {}): RawPeer {
    const credentials = this.client(authid, secret);
    const peer = this.hello(credentials, details);
    return isAsked(peer) ? answer(peer, credentials) : peer;
  }

  /** The client's half, with what somebody claims to be. */
  client(authid: string, secret: string): Authenticator {
    return this.#login.client(authid, secret, this.scheduler);
  }
}

/** Whether the router has asked a question. */
export function isAsked({ last }: RawPeer): boolean {
  return last?.[0] === MessageType.CHALLENGE;
}

/** What a client would answer to the question. */
export function signatureOf({ last }: RawPeer, credentials: Authenticator): Signature {
  return credentials.answer?.(last?.[2] as Dict) as Signature;
}

/** Answers the question. */
export function answer(peer: RawPeer, credentials: Authenticator): RawPeer {
  const { signature, extra = {} } = signatureOf(peer, credentials);
  return peer.send([MessageType.AUTHENTICATE, signature, extra]);
}

/** What came of it: `user` of who is let in, or the reason why not. */
export function outcome({ last }: RawPeer): unknown {
  return last?.[0] === MessageType.WELCOME ? (last[2] as Dict)['authrole'] : last?.[2];
}
