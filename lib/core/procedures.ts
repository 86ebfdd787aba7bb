import type { Subscriber } from 'rxjs';
import { ProtocolError, RegistrationRevokedError } from '../errors.ts';
import * as WampUri from '../protocol/wamp-uris.ts';
import { checkDuration, checkOneOf } from '../session/checks.ts';
import type { AnyProcedure, Registration } from '../session/options.ts';
import { readPattern } from '../session/pattern.ts';
import type { Dict, Id, Uri } from '../types.ts';
import type { UriTemplate } from '../contract/uri-template.ts';
import type { ClaimTarget, Claimant } from './claim.ts';
import { Claims, type ClientSettings } from './claims.ts';
import type { Incoming } from './incoming.ts';
import { RunningInvocation } from './invocation.ts';
import type { RegisterOptions } from './options.ts';
import { refuseOthers } from './outgoing.ts';
import type { Session } from './session.ts';

/** A registration that was read and found right. */
export interface RegisterRequest extends ClaimTarget {
  readonly procedure: AnyProcedure;
}

/** Reads what a user passed to `register`. Throws InvalidUriError, RangeError or TypeError. */
export function readRegister(uri: Uri, procedure: AnyProcedure, options: RegisterOptions = {}): RegisterRequest {
  const { match: asked, invoke, staleSessionTimeout: patience = 60_000, ...others } = options;
  refuseOthers(others);
  checkOneOf(invoke, ['single', 'first', 'last', 'roundrobin', 'random'], 'invoke');
  checkDuration(patience, 'staleSessionTimeout');
  if (typeof procedure !== 'function') throw new TypeError(`procedure must be a function, got ${typeof procedure}`);
  const pattern = readPattern(uri, asked, 'procedure');
  const { match } = pattern;
  return { uri, ...pattern, procedure, patience, options: { match: match === 'exact' ? undefined : match, invoke } };
}

interface Callee extends Claimant {
  readonly uri: Uri;
  readonly template: UriTemplate | undefined;
  readonly procedure: AnyProcedure;
}

/** What {@link Procedures} ask of their client. */
export interface ProceduresHost {
  readonly report: (error: unknown) => void;
  /** An invocation runs, which needs the session. */
  readonly used: () => void;
  /** It has been answered. */
  readonly unused: () => void;
}

const ERROR = 8;
const INVOCATION = 68;

/** The callee of a client (6.2): registrations over all its sessions, and the invocations that run in this one. */
export class Procedures extends Claims<Callee> {
  readonly #host: ProceduresHost;
  readonly #running = new Map<Id, RunningInvocation>();

  constructor(settings: ClientSettings, host: ProceduresHost) {
    super({ verb: 'register', type: 64, key: 'registration', Revoked: RegistrationRevokedError, ...settings });
    this.#host = host;
  }

  /** Has the procedure registered until `sink` leaves. */
  register(request: RegisterRequest, sink: Subscriber<Registration>): void {
    const { uri, pattern, match, template, options, procedure } = request;
    const callee: Callee = { uri, template, procedure, granted: (id) => sink.next({ id, uri }), error: (error) => sink.error(error), complete: () => sink.complete() };
    // One that is being given back is taken again: the router would refuse another until it has heard of that.
    let claim = this.of(`${match} ${String(options['invoke'])} ${pattern}`, request);
    if (claim.claimants.size > 0) claim = this.of(callee, request);
    sink.add(() => claim.remove(callee));
    claim.add(callee);
  }

  invocation(message: Incoming, session: Session): void {
    const [request, registration, details] = message.values as [Id, Id, Dict];
    if (this.#running.has(request)) throw new ProtocolError(`INVOCATION.Request must be a new id, got ${request}, which is still running`);
    const claim = this.granted.get(registration);
    const [callee] = claim?.claimants ?? [];
    // It crossed our UNREGISTER. The caller may try another callee.
    if (claim === undefined || callee === undefined) return session.send(ERROR, INVOCATION, request, {}, WampUri.unavailable, ['it is being unregistered']);
    const { uri, template, procedure } = callee;
    const called = typeof details['procedure'] === 'string' ? details['procedure'] : claim.target.pattern;
    const params = template === undefined ? {} : template.read(called);
    if (params === undefined) return session.send(ERROR, INVOCATION, request, {}, WampUri.noSuchProcedure, [`URI must fit ${uri}`]);
    const { report, used, unused } = this.#host;
    const onEnd = (): void => {
      this.#running.delete(request);
      unused();
    };
    const running = new RunningInvocation(message, { session, procedure: called, params, report, onEnd });
    this.#running.set(request, running);
    used();
    running.start(procedure);
  }

  interrupt(request: Id, { reason, mode }: Dict): void {
    // Unknown: our answer crossed it.
    this.#running.get(request)?.interrupt(reason ?? mode ?? 'canceled', WampUri.canceled);
  }

  override lost(): void {
    super.lost();
    for (const running of [...this.#running.values()]) running.interrupt('lost');
  }
}
