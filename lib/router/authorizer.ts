import { catchError, of, type Observable } from 'rxjs';
import type { MaybeLater } from '../auth/authenticator.ts';
import { answerOf, isLater, mapAnswer } from '../auth/maybe-later.ts';
import type { Logger } from '../log.ts';
import { MessageType, type Call, type Publish, type Register, type Subscribe } from '../protocol/messages.ts';
import { readRegisterOptions, readSubscribeOptions } from '../protocol/options.ts';
import { WampUri, type MatchPolicy } from '../protocol/uri.ts';
import type { Uri } from '../types.ts';
import type { Grant } from './core/outbound.ts';
import { isPrivileged, isReserved } from './core/reserved-uri.ts';
import type { Action, Authorize, Decision, SessionInfo } from './options.ts';
import type { Permissions } from './permissions.ts';

/** A request that needs permission; every other one follows from one of these. */
export type Authorizable = Call | Publish | Register | Subscribe;

/** What became of a request: the error it is answered with, or none, and what goes along with it. */
export interface Ruling {
  readonly error: Uri | undefined;
  readonly grant: Grant | undefined;
}

/** Options of {@link Authorizer}. */
export interface AuthorizerOptions {
  readonly roles: ReadonlyMap<string, Permissions> | undefined;
  readonly authorize: Authorize | undefined;
  readonly log: Logger | undefined;
}

interface Question {
  readonly action: Action;
  readonly uri: Uri;
  readonly match: MatchPolicy;
}

const NO_TERMS: Grant = Object.freeze({});
const ALLOWED: Ruling = Object.freeze({ error: undefined, grant: undefined });
const DISCLOSED: Ruling = Object.freeze({ error: undefined, grant: Object.freeze({ disclose: true }) });
const CONCEALED: Ruling = Object.freeze({ error: undefined, grant: Object.freeze({ disclose: false }) });
const DENIED: Ruling = refused(WampUri.notAuthorized);
const NOT_DISCLOSED: Ruling = refused(WampUri.optionDisallowedDiscloseMe);
const FAILED: Ruling = refused(WampUri.authorizationFailed);

/** Decides who may do what in a realm: the permissions of the roles first, and what they let pass goes to a function. */
export class Authorizer {
  readonly #roles: ReadonlyMap<string, Permissions> | undefined;
  readonly #authorize: Authorize | undefined;
  readonly #log: Logger | undefined;

  constructor({ roles, authorize, log }: AuthorizerOptions) {
    this.#roles = roles;
    this.#authorize = authorize;
    this.#log = log;
  }

  /**
   * Rules on a request: at once, unless the function takes its time. The Observable never errors, as a function that fails rules
   * `wamp.error.authorization_failed`. Options of a wrong type are a ProtocolError. Procedures of the router that intervene are allowed by a
   * permission whose URI begins with `wamp.`, or by the function, and by nothing else.
   */
  rule(session: SessionInfo, message: Authorizable): Ruling | Observable<Ruling> {
    if (this.#roles === undefined && this.#authorize === undefined) return intervenes(message) ? DENIED : ALLOWED;
    const question = questionOf(message);
    const rule = this.#roles?.get(session.authrole)?.find(question.action, question.uri, question.match);
    if (this.#roles !== undefined && rule === undefined) return DENIED;
    const terms = rule?.terms[question.action] ?? NO_TERMS;
    if (this.#authorize !== undefined) return this.#ask(this.#authorize, session, message, question, terms);
    // Who gives somebody everything thinks of the application: it has to be said by name.
    return rule !== undefined && !isReserved(rule.uri) && intervenes(message) ? DENIED : allowed(message, terms);
  }

  #ask(
    authorize: Authorize, session: SessionInfo, message: Authorizable, { action, uri }: Question, terms: Grant,
  ): Ruling | Observable<Ruling> {
    try {
      const answer = authorize(session, action, uri, message.options);
      if (!isLater(answer)) return rulingOn(message, answer, terms);
      return answerOf((): MaybeLater<Ruling> => mapAnswer(answer, (late) => rulingOn(message, late, terms))).pipe(
        catchError((error) => of(this.#failed(action, uri, error))),
      );
    } catch (error) {
      return this.#failed(action, uri, error);
    }
  }

  #failed(action: Action, uri: Uri, error: unknown): Ruling {
    this.#log?.warn('authorize failed', { action, uri, error });
    return FAILED;
  }
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
