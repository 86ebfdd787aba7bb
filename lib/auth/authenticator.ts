import type { Observable } from 'rxjs';
import type { ChannelBinding, Dict, Id, Uri } from '../types.ts';

/** An answer that may take its time: a database look-up, a key in hardware. Plain values keep a handshake synchronous. */
export type MaybeLater<T> = T | PromiseLike<T> | Observable<T>;

/** What a client puts in AUTHENTICATE. */
export interface Signature {
  readonly signature: string;
  readonly extra?: Dict | undefined;
}

/** The connection that an attempt to join goes through, as an authenticator sees it: the same object for each question of one attempt. */
export interface JoinChannel {
  /** 32 bytes that both ends of a TLS connection know, and nobody else has; `undefined` where the connection or the runtime has none. */
  channelId(type: ChannelBinding): Uint8Array | undefined;
}

/** The client's half of an authentication method: what it puts into HELLO, how it answers a challenge, what it makes of WELCOME. */
export interface Authenticator {
  /** The name both ends know it by: `anonymous`, `ticket`, `wampcra`, ... */
  readonly method: string;
  readonly authid?: string | undefined;
  readonly authrole?: string | undefined;
  /** Goes into `HELLO.Details.authextra`. */
  readonly authextra?: Dict | undefined;
  /**
   * The scheduler's time, of the system's clock unless told otherwise, from which on the router does not take it any more. A client that was
   * given it by a function asks that again at about 80 % of the time until then, and hands its session over.
   */
  readonly expiresAt?: number | undefined;
  /** Answers CHALLENGE; absent where the method has none. An error ends the attempt with ABORT. */
  answer?(extra: Dict, channel?: JoinChannel): MaybeLater<Signature>;
  /** Looks at WELCOME before the session is joined (mutual authentication); an error ends the attempt with ABORT. */
  welcome?(details: Dict, channel?: JoinChannel): MaybeLater<void>;
}

/** What the router knows of a client before it lets it in. */
export interface Candidate {
  readonly realm: Uri;
  /** The id the session will have. */
  readonly session: Id;
  readonly authid: string | undefined;
  readonly authrole: string | undefined;
  readonly authextra: Dict;
  /**
   * How the client is connected, all that the listener knows of it. Over a WebSocket that is `type`, `protocol`, `peer`, `path`, `headers`, `cookies` and `tls`,
   * with the client's certificate.
   */
  readonly transport: Dict;
  /** What the client can bind its answer to: 32 bytes of its TLS connection. Absent where nothing is known of the connection. */
  readonly channelId?: ((type: ChannelBinding) => Uint8Array | undefined) | undefined;
}

/** The client is who it says, or may stay nameless: who it is from now on. */
export interface Accept {
  readonly is: 'accept';
  readonly authid: string;
  readonly authrole: string;
  readonly authprovider?: string | undefined;
  /** Goes into `WELCOME.Details.authextra`. */
  readonly authextra?: Dict | undefined;
  /** The realm it comes into; how clients have to authenticate there is not asked. @default the realm of HELLO */
  readonly realm?: Uri | undefined;
}

/** The client is not let in. */
export interface Deny {
  readonly is: 'deny';
  /** @default 'wamp.error.authentication_failed' */
  readonly reason?: Uri | undefined;
  /** A sentence for a person at the other end; never a secret. */
  readonly message?: string | undefined;
}

/** The method cannot tell, and leaves it to the next one that the client offers; where there is none, the client is not let in. */
export interface Pass {
  readonly is: 'pass';
}

/** The client has a question to answer first. */
export interface Question {
  readonly is: 'question';
  /** Goes into `CHALLENGE.Extra`. */
  readonly extra: Dict;
  /**
   * Looks at the answer. Another question is another round of CHALLENGE and AUTHENTICATE ("Authentication Methods"), for a second factor: the client sees the
   * name of the same method, and knows by `extra` what it is asked. All rounds share the time of one attempt, and a failure in any of them counts as one.
   */
  check(answer: Signature): MaybeLater<Accept | Deny | Question>;
}

/** The router's half of an authentication method. */
export interface Verifier {
  readonly method: string;
  begin(candidate: Candidate): MaybeLater<Accept | Deny | Question | Pass>;
  /** Told of each client that comes into the realm, before it is there, whatever method has let it in. What it throws ends the attempt. */
  admitted?(candidate: Candidate, login: Accept & { readonly authmethod: string }): void;
  /** Told of each session that logs out, by GOODBYE `wamp.close.logout`. */
  loggedOut?(session: Pick<Candidate, 'realm' | 'transport'>): void;
}
