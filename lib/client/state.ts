import type { SessionDetails } from '../session/options.ts';
import type { Session } from '../session/session.ts';

/** Where a client stands. Each comes with the numbers a person would want to see. */
export type ClientState =
  | IdleState | ConnectingState | AuthenticatingState | JoinedState | WaitingState | DrainingState | ClosedState;

/** There is no connection, and nobody wants one. */
export interface IdleState { readonly kind: 'idle' }

/** A connection is being opened. */
export interface ConnectingState {
  readonly kind: 'connecting';
  /** How often in a row it was tried in vain before. */
  readonly attempt: number;
  /** Where; `undefined` where the transport was given instead. */
  readonly url: string | undefined;
}

/** The connection is open, and the router has not welcomed us. */
export interface AuthenticatingState {
  readonly kind: 'authenticating';
  readonly attempt: number;
  /** How the router wants to know who we are, once it has asked. */
  readonly method: string | undefined;
}

/** There is a session. */
export interface JoinedState {
  readonly kind: 'joined';
  readonly session: Session;
  readonly details: SessionDetails;
  /** The scheduler's time of WELCOME. */
  readonly since: number;
}

/** It failed, and will be tried again. */
export interface WaitingState {
  readonly kind: 'waiting';
  /** Which retry in a row it will be, from 1. */
  readonly attempt: number;
  /** Milliseconds from the failure to the retry; Infinity where a hint has to come first. */
  readonly delay: number;
  /** The scheduler's time of the retry. */
  readonly retryAt: number;
  /** Why the attempt or the session before failed, or the {@link Suspension} because of which none is made. */
  readonly cause: unknown;
}

/** Why a client waits for a hint: there is no network, the page is frozen, or it was hidden for longer than `closeWhenHidden`. */
export type Suspension = 'offline' | 'frozen' | 'hidden';

/** The client is leaving and takes nothing new. */
export interface DrainingState { readonly kind: 'draining' }

/** It is over. Nothing comes after it. */
export interface ClosedState {
  readonly kind: 'closed';
  /** Why, unless it was closed by `close()`. */
  readonly cause: unknown;
}
