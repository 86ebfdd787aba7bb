import { Subscription, tap, timer, type SchedulerLike } from 'rxjs';
import type { Accept, Candidate, Deny, MaybeLater, Pass, Question, Verifier } from '../auth/authenticator.ts';
import { answerOf, isLater } from '../auth/maybe-later.ts';
import type { Census } from '../census.ts';
import { ProtocolError } from '../errors.ts';
import type { Logger } from '../log.ts';
import { isDict, own, refuse, show } from '../protocol/fields.ts';
import { MessageType, type Authenticate, type Hello, type Message } from '../protocol/messages.ts';
import { readClaim } from '../protocol/resumption.ts';
import * as WampUri from '../protocol/wamp-uris.ts';
import type { Dict, Id, Uri } from '../types.ts';
import type { Channel, Receiver } from './channel.ts';
import type { Admission, Realm } from './realm.ts';
import type { SessionIds } from './session-ids.ts';
import { shownTransport } from './shown-transport.ts';
import type { TimeoutSettings } from './settings.ts';

/** What an {@link Acceptor} knows of the router it lets clients into. */
export interface AcceptorOptions {
  readonly channel: Channel;
  /** How the client is connected: what the listener knows. */
  readonly transport: Dict;
  /** Those that there are at the moment. */
  readonly realms: Pick<ReadonlyMap<Uri, Realm>, 'get'>;
  readonly ids: SessionIds;
  readonly timeouts: TimeoutSettings;
  readonly scheduler: SchedulerLike;
  readonly log: Logger | undefined;
}

/** A HELLO that may go on, and the session it is to become. */
interface Applicant {
  readonly id: Id;
  readonly realm: Realm;
  readonly candidate: Candidate;
  readonly verifier: Verifier;
  /** Those that come after it, where it cannot tell. */
  readonly others: readonly Verifier[];
  readonly roles: Dict;
  readonly resumable: Admission['resumable'];
}

/** What a HELLO asks for. */
interface Request extends Pick<Applicant, 'realm' | 'roles'> {
  readonly methods: readonly unknown[];
  readonly claims: Pick<Candidate, 'authid' | 'authrole' | 'authextra'>;
  readonly resume: ReturnType<typeof readClaim>;
}

const CLIENT_ROLES = ['publisher', 'subscriber', 'caller', 'callee'];

/**
 * The router's end of the handshake (4.1): HELLO, maybe CHALLENGE and AUTHENTICATE, and WELCOME or ABORT. It takes no more time than
 * it is given, and of a client that goes away or is refused nothing is left.
 */
export class Acceptor implements Receiver {
  readonly #options: AcceptorOptions;
  readonly #channel: Channel;
  #applicant: Applicant | undefined;
  #question: Question | undefined;
  #timer: Subscription;
  #verdict = Subscription.EMPTY;
  #isLetIn = false;

  constructor(options: AcceptorOptions) {
    const { channel, timeouts } = options;
    this.#options = options;
    this.#channel = channel;
    this.#timer = this.#limitTime(timeouts.hello, () =>
      channel.abort(WampUri.protocolViolation, `HELLO must come within ${timeouts.hello} ms`));
  }

  receive(message: Message): void {
    // The channel lets nothing else pass while no session is established.
    if (message.type === MessageType.HELLO) this.#hello(message);
    else if (message.type === MessageType.AUTHENTICATE) this.#authenticate(message);
    else if (message.type === MessageType.ABORT) this.#channel.close();
  }

  closed(): void {
    this.#stop();
    if (this.#applicant !== undefined) this.#options.ids.release(this.#applicant.id);
  }

  /** @internal */
  census(): Census {
    return { handshakes: 1, 'pending decisions': Number(!this.#verdict.closed) };
  }

  #hello({ realm: name, details }: Hello): void {
    const { realms, transport } = this.#options;
    this.#timer.unsubscribe();
    const realm = realms.get(name);
    if (realm === undefined) return this.#channel.abort(WampUri.noSuchRealm, `realm ${show(name)} does not exist`);
    const tooOften = realm.gate.knock(transport);
    if (tooOften !== undefined) return this.#channel.abort(WampUri.unavailable, tooOften.message, tooOften.details);
    const roles = readRoles(details);
    const request: Request = {
      realm, roles, methods: readMethods(details), resume: readClaim(details),
      claims: { authid: readText(details, 'authid'), authrole: readText(details, 'authrole'), authextra: readExtra(details) },
    };
    const { resume, claims } = request;
    // The token stands in the place of a challenge.
    if (typeof resume !== 'object') this.#apply(request);
    else realm.resume({ channel: this.#channel, claim: resume, claimed: claims.authid, refused: () => this.#apply(request) });
  }

  #apply({ realm, roles, methods, resume, claims }: Request): void {
    const { channel, ids, timeouts, transport } = this.#options;
    const [verifier, ...others] = realm.verifiers.filter(({ method }) => methods.includes(method));
    if (verifier === undefined) {
      const accepted = realm.verifiers.map(({ method }) => method).join(', ');
      return this.#channel.abort(WampUri.noAuthMethod, `one of these authentication methods must be offered: ${accepted}`);
    }

    const full = realm.gate.isFull(transport);
    if (full !== undefined) return this.#channel.abort(WampUri.unavailable, full.message, full.details);
    // Nothing throws from here on: an id that is taken is given back.
    const id = ids.take();
    const candidate: Candidate = { realm: realm.name, session: id, transport, channelId: (type) => channel.channelId(type), ...claims };
    this.#applicant = { id, realm, candidate, verifier, others, roles, resumable: resume && { claimed: claims.authid } };
    this.#decide(() => verifier.begin(candidate));
    if (this.#isLetIn || !channel.isOpen) return;
    this.#timer = this.#limitTime(timeouts.authenticate, () =>
      channel.abort(WampUri.authenticationFailed, `authentication must be over within ${timeouts.authenticate} ms`));
  }

  #authenticate({ signature, extra }: Authenticate): void {
    const question = this.#question;
    this.#question = undefined;
    if (question !== undefined) this.#decide(() => question.check({ signature, extra }));
  }

  #decide(ask: () => MaybeLater<Accept | Deny | Question | Pass>): void {
    if (this.#isBlocked()) return;
    this.#verdict.unsubscribe();
    try {
      const answer = ask();
      // Most are there at once, and a crowd that comes back is let in without an Observable for each.
      if (isLater(answer)) this.#await(answer);
      else this.#follow(answer);
    } catch (error) {
      this.#failToDecide(error);
    }
  }

  #await(answer: MaybeLater<Accept | Deny | Question | Pass>): void {
    this.#verdict = answerOf(() => answer).pipe(tap((verdict) => this.#follow(verdict))).subscribe({ error: (error) => this.#failToDecide(error) });
  }

  #failToDecide(error: unknown): void {
    this.#options.log?.warn('authentication failed', { realm: this.#applicant?.realm.name, error });
    this.#channel.abort(WampUri.authenticationFailed, 'the router failed to authenticate');
  }

  #follow(verdict: Accept | Deny | Question | Pass): void {
    const applicant = this.#applicant;
    // Of attempts side by side, those that are judged behind the last failure learn nothing, not even that they were right.
    if (applicant === undefined || this.#isBlocked()) return;
    switch (verdict.is) {
      case 'accept':
        applicant.realm.gate.passed(this.#options.transport, applicant.candidate.authid);
        return this.#join(applicant, verdict);
      case 'deny':
        this.#countFailure(applicant);
        return this.#channel.abort(verdict.reason ?? WampUri.authenticationFailed, verdict.message ?? 'the client is not let in');
      case 'question':
        this.#question = verdict;
        return this.#channel.send({ type: MessageType.CHALLENGE, method: applicant.verifier.method, extra: verdict.extra });
      case 'pass':
        return this.#tryNext(applicant);
      default:
        throw new TypeError('verdict of a verifier must be accept, deny, question or pass');
    }
  }

  #tryNext(applicant: Applicant): void {
    const { candidate, others: [verifier, ...others] } = applicant;
    // It is no failure that counts: nobody has guessed anything.
    if (verifier === undefined) return this.#channel.abort(WampUri.authenticationDenied, 'none of the methods that were offered lets the client in');
    this.#applicant = { ...applicant, verifier, others };
    this.#decide(() => verifier.begin(candidate));
  }

  #isBlocked(): boolean {
    const { realm, candidate } = this.#applicant ?? {};
    const blocked = realm?.gate.isBlocked(this.#options.transport, candidate?.authid);
    if (blocked !== undefined) this.#channel.abort(WampUri.unavailable, blocked.message, blocked.details);
    return blocked !== undefined;
  }

  #countFailure({ realm, candidate: { authid } }: Applicant): void {
    const { transport, log } = this.#options;
    if (realm.gate.failed(transport, authid)) log?.warn('too many logins failed', { realm: realm.name, authid, peer: own(transport, 'peer') });
  }

  #join({ id, realm: asked, candidate, verifier, roles, resumable }: Applicant, accepted: Accept): void {
    const { authid, authrole, authprovider = 'dynamic', authextra } = accepted;
    const realm = accepted.realm === undefined ? asked : this.#options.realms.get(accepted.realm);
    if (realm === undefined) throw new TypeError(`realm of who is let in must be one of the router, got ${show(accepted.realm)}`);
    if (typeof authid !== 'string' || typeof authrole !== 'string') {
      throw new TypeError('authid and authrole of who is let in must be strings');
    }
    this.#timer.unsubscribe();
    this.#isLetIn = true;
    const { channel, transport } = this.#options;
    for (const each of asked.verifiers) each.admitted?.(candidate, { ...accepted, authmethod: verifier.method });
    realm.join({
      channel,
      roles,
      authextra,
      resumable,
      session: { id, realm: realm.name, authid, authrole, authmethod: verifier.method, authprovider, transport: shownTransport(transport) },
    });
  }

  #limitTime(time: number, giveUp: () => void): Subscription {
    return timer(time, this.#options.scheduler).subscribe(giveUp);
  }

  #stop(): void {
    this.#timer.unsubscribe();
    this.#verdict.unsubscribe();
  }
}

// 4.1.1: a client announces at least one role.
function readRoles(details: Dict): Dict {
  const roles = own(details, 'roles');
  if (!isDict(roles)) return refuse('HELLO.Details.roles', 'a dictionary', roles);
  if (!CLIENT_ROLES.some((role) => Object.hasOwn(roles, role))) {
    throw new ProtocolError(`HELLO.Details.roles must have one of ${CLIENT_ROLES.join(', ')}`);
  }
  return roles;
}

function readMethods(details: Dict): readonly unknown[] {
  const methods = own(details, 'authmethods') ?? [];
  if (!Array.isArray(methods)) return refuse('HELLO.Details.authmethods', 'a list', methods);
  return methods.length === 0 ? ['anonymous'] : methods;
}

function readText(details: Dict, key: 'authid' | 'authrole'): string | undefined {
  const value = own(details, key) ?? undefined;
  return value === undefined || typeof value === 'string' ? value : refuse(`HELLO.Details.${key}`, 'a string', value);
}

function readExtra(details: Dict): Dict {
  const value = own(details, 'authextra') ?? {};
  return isDict(value) ? value : refuse('HELLO.Details.authextra', 'a dictionary', value);
}
