import { catchError, isObservable, map, of, type Observable, type SchedulerLike } from 'rxjs';
import type { Census } from '../census.ts';
import type { Logger } from '../log.ts';
import { MessageType, type Call, type Publish, type Register, type Subscribe } from '../protocol/messages.ts';
import { readRegisterOptions, readSubscribeOptions } from '../protocol/options.ts';
import * as WampUri from '../protocol/wamp-uris.ts';
import type { Uri } from '../types.ts';
import type { Grant } from './core/outbound.ts';
import { isPrivileged, isReserved } from './core/reserved-uri.ts';
import { Decider, type AuthorizeSettings, type InnerCall, type Question } from './decider.ts';
import type { Decision, DecisionFilter, SessionInfo } from './options.ts';
import type { Permissions } from './permissions.ts';

/** A request that needs permission; every other one follows from one of these. */
export type Authorizable = Call | Publish | Register | Subscribe;

/** What became of a request: the error it is answered with, or none, and what goes along with it. */
export interface Ruling {
  readonly error: Uri | undefined;
  readonly grant: Grant | undefined;
}

/** `roles` and `authorize` as the realm uses them. */
export interface AuthorizationSettings {
  readonly roles: ReadonlyMap<string, Permissions> | undefined;
  readonly authorize: AuthorizeSettings | undefined;
}

/** Options of {@link Authorizer}. */
export interface AuthorizerOptions {
  readonly settings: AuthorizationSettings;
  readonly call: InnerCall;
  readonly scheduler: SchedulerLike;
  readonly log: Logger | undefined;
}

const NO_TERMS: Grant = Object.freeze({});
const ALLOWED: Ruling = Object.freeze({ error: undefined, grant: undefined });
const DISCLOSED: Ruling = Object.freeze({ error: undefined, grant: Object.freeze({ disclose: true }) });
const CONCEALED: Ruling = Object.freeze({ error: undefined, grant: Object.freeze({ disclose: false }) });
const DENIED: Ruling = refused(WampUri.notAuthorized);
const NOT_DISCLOSED: Ruling = refused(WampUri.optionDisallowedDiscloseMe);
const FAILED: Ruling = refused(WampUri.authorizationFailed);

/** Decides who may do what in a realm: the permissions of the roles first, and what they let pass goes to a function or a procedure. */
export class Authorizer {
  readonly #roles: ReadonlyMap<string, Permissions> | undefined;
  readonly #decider: Decider | undefined;
  /** Roles that the decider comes from. */
  readonly #trusted: ReadonlySet<string>;
  readonly #log: Logger | undefined;

  constructor({ settings: { roles, authorize }, call, scheduler, log }: AuthorizerOptions) {
    this.#roles = roles;
    this.#decider = authorize && new Decider({ settings: authorize, call, scheduler });
    this.#trusted = providersOf(this.#decider?.procedure, roles);
    this.#log = log;
  }

  /**
   * Rules on a request: at once, unless the function takes its time. The Observable never errors, as a function that fails rules
   * `wamp.error.authorization_failed`. Options of a wrong type are a ProtocolError. Procedures of the router that intervene are allowed by a
   * permission whose URI begins with `wamp.`, or by the function, and by nothing else.
   */
  rule(session: SessionInfo, message: Authorizable): Ruling | Observable<Ruling> {
    if (this.#roles === undefined && this.#decider === undefined) return intervenes(message) ? DENIED : ALLOWED;
    const question = questionOf(message);
    const rule = this.#roles?.get(session.authrole)?.find(question.action, question.uri, question.match);
    if (this.#roles !== undefined && rule === undefined) return DENIED;
    const terms = rule?.terms[question.action] ?? NO_TERMS;
    // Who decides would have to wait for himself.
    if (this.#decider !== undefined && !this.#trusted.has(session.authrole)) {
      return isOneself(question, this.#decider) ? DENIED : this.#ask(this.#decider, session, message, question, terms);
    }
    // Who gives somebody everything thinks of the application: it has to be said by name.
    return rule !== undefined && !isReserved(rule.uri) && intervenes(message) ? DENIED : allowed(message, terms);
  }

  /** See {@link Decider.invalidate}. */
  invalidate(which: DecisionFilter): number {
    return this.#decider?.invalidate(which) ?? 0;
  }

  /** What is kept of decisions is bounded and meant to stay. @internal */
  census(): Census {
    return { 'shared questions': this.#decider?.pending ?? 0 };
  }

  #ask(decider: Decider, session: SessionInfo, message: Authorizable, question: Question, terms: Grant): Ruling | Observable<Ruling> {
    try {
      const answer = decider.ask(session, question, message.options);
      if (!isObservable(answer)) return rulingOn(message, answer, terms);
      return answer.pipe(map((late) => rulingOn(message, late, terms)), catchError((error) => of(this.#failed(question, error))));
    } catch (error) {
      return this.#failed(question, error);
    }
  }

  #failed({ action, uri }: Question, error: unknown): Ruling {
    this.#log?.warn('authorize failed', { action, uri, error });
    return FAILED;
  }
}

function providersOf(procedure: Uri | undefined, roles: AuthorizationSettings['roles']): ReadonlySet<string> {
  const providers = procedure === undefined ? [] : [...roles ?? []].filter(([, permissions]) => permissions.namesForRegistering(procedure));
  return new Set(providers.map(([role]) => role));
}

// Whoever may register anything else is not meant to decide.
function isOneself({ action, uri, match }: Question, { procedure }: Decider): boolean {
  return action === 'register' && match === 'exact' && uri === procedure;
}

function intervenes(message: Authorizable): boolean {
  return message.type === MessageType.CALL && isPrivileged(message.procedure);
}

function questionOf(message: Authorizable): Question {
  switch (message.type) {
    case MessageType.CALL:
      return { action: 'call', uri: message.procedure, match: 'exact' };
    case MessageType.PUBLISH:
      return { action: 'publish', uri: message.topic, match: 'exact' };
    case MessageType.REGISTER:
      return { action: 'register', uri: message.procedure, match: readRegisterOptions(message.options).match ?? 'exact' };
    case MessageType.SUBSCRIBE:
      return { action: 'subscribe', uri: message.topic, match: readSubscribeOptions(message.options).match ?? 'exact' };
  }
}

// The function is the user's: anything but a clear yes is a no.
function rulingOn(message: Authorizable, answer: boolean | Decision, terms: Grant): Ruling {
  if (typeof answer === 'boolean') return answer ? allowed(message, terms) : DENIED;
  if (answer?.allow !== true) return DENIED;
  const { disclose = terms.disclose, trustlevel = terms.trustlevel } = answer;
  if (disclose !== undefined && typeof disclose !== 'boolean') throw new TypeError('disclose of a decision must be a boolean');
  if (trustlevel !== undefined && !(Number.isSafeInteger(trustlevel) && trustlevel >= 0)) {
    throw new TypeError('trustlevel of a decision must be an integer from 0');
  }
  return allowed(message, { disclose, trustlevel });
}

function allowed({ options }: Authorizable, grant: Grant): Ruling {
  const { disclose, trustlevel } = grant;
  if (disclose === false && options['disclose_me'] === true) return NOT_DISCLOSED;
  if (trustlevel !== undefined) return { error: undefined, grant };
  if (disclose === undefined) return ALLOWED;
  return disclose ? DISCLOSED : CONCEALED;
}

function refused(error: Uri): Ruling {
  return Object.freeze({ error, grant: undefined });
}
