import type { Census } from '../../census.ts';
import { MessageType, type Register, type Unregister } from '../../protocol/messages.ts';
import { readRegisterOptions, type RegisterOptions } from '../../protocol/options.ts';
import { isUri } from '../../protocol/uri.ts';
import * as WampUri from '../../protocol/wamp-uris.ts';
import type { Id, Uri } from '../../types.ts';
import type { Directory } from './directory.ts';
import type { Terms } from './invocation-policy.ts';
import type { MembershipEvents } from './meta/membership-events.ts';
import { NOTHING, refusal, type Member, type Outbound } from './outbound.ts';
import { Registrations, type Registration, type RegistrationsOptions } from './registrations.ts';
import { isReserved } from './reserved-uri.ts';

const NO_TERMS: Terms = Object.freeze({ concurrency: Infinity, forwardTimeout: false, discloseCaller: false });
const KEEPS_TIME: Terms = Object.freeze({ ...NO_TERMS, forwardTimeout: true });
const TAKEN_OVER = 'another session has taken the procedure over';

/** Options of {@link Registrar}. */
export interface RegistrarOptions<M extends Member> extends RegistrationsOptions {
  /** Tells of callees that come and go. */
  readonly events: MembershipEvents<M, Registration<M>> | undefined;
}

/** Answers REGISTER and UNREGISTER, and knows where a call goes. What is told of callees that come and go stands behind the answers. */
export class Registrar<M extends Member> {
  readonly #registrations: Registrations<M>;
  readonly #events: MembershipEvents<M, Registration<M>> | undefined;

  constructor(options: RegistrarOptions<M>) {
    this.#registrations = new Registrations(options);
    this.#events = options.events;
  }

  /** What is registered. */
  get directory(): Directory<Registration<M>> {
    return this.#registrations;
  }

  /** How many registrations there are. */
  get size(): number {
    return this.#registrations.size;
  }

  /** How many members have a registration. */
  get callees(): number {
    return this.#registrations.callees;
  }

  /** How many registrations a member has. */
  countOf(member: M): number {
    return this.#registrations.countOf(member);
  }

  /**
   * Answers REGISTERED, with the id that all callees of a shared registration have in common; ERROR `invalid_uri` for a procedure that
   * is no URI or is reserved; ERROR `procedure_already_exists` where it is taken, also by the member itself.
   *
   * With `force_reregister`, which other routers have and the specification has not, a procedure is taken from callees of the member's own
   * role: whom the authorizer lets register it, it would have let the other way round. They hear of it ("Registration Revocation"), and what
   * they run goes on. One callee of another role among them, and nothing is taken.
   *
   * With `concurrency`, which Crossbar.io has and the specification has not, the member is given no more calls of the registration at a time; with
   * `disclose_caller` it is told who calls ("Caller Identification"), unless the realm conceals that. With
   * `forward_timeout` it keeps the time of its calls itself, where it announces call_timeout ("Call Timeouts").
   */
  register(member: M, { request, options, procedure }: Register): readonly Outbound<M>[] {
    const registering = readRegisterOptions(options);
    const { match = 'exact', invoke = 'single', forceReregister } = registering;
    if (!isUri(procedure, { match }) || isReserved(procedure)) {
      return [{ to: member, message: refusal(MessageType.REGISTER, request, WampUri.invalidUri) }];
    }

    const taken = forceReregister === true ? this.#takeFrom(this.#registrations.byPattern(procedure, match), member) : NOTHING_TAKEN;
    const registration = this.#registrations.add(member, procedure, match, invoke, termsOf(registering));
    if (registration === undefined) return [{ to: member, message: refusal(MessageType.REGISTER, request, WampUri.procedureAlreadyExists) }];
    return [
      ...taken.words,
      { to: member, message: { type: MessageType.REGISTERED, request, registration: registration.id } },
      ...taken.events,
      ...this.#events?.entered(member, registration, registration.callees.size === 1) ?? NOTHING,
    ];
  }

  /** Answers UNREGISTERED, or ERROR `no_such_registration`. Calls that run are not touched. */
  unregister(member: M, { request, registration: id }: Unregister): readonly Outbound<M>[] {
    const registration = this.#registrations.remove(member, id);
    if (registration === undefined) return [{ to: member, message: refusal(MessageType.UNREGISTER, request, WampUri.noSuchRegistration) }];
    return [{ to: member, message: { type: MessageType.UNREGISTERED, request, details: undefined } }, ...this.#left(member, registration)];
  }

  /**
   * Takes a registration from a callee, which is told with UNREGISTERED where it announces registration_revocation ("Registration
   * Revocation"). `undefined` where it has no such registration. Calls that run are not touched.
   */
  revoke(callee: M, id: Id, reason: string | undefined): readonly Outbound<M>[] | undefined {
    const registration = this.#registrations.remove(callee, id);
    return registration && [...revocation(callee, id, reason), ...this.#left(callee, registration)];
  }

  /** The registration that a call of this procedure goes to; `undefined` where there is none, or the procedure is no URI. */
  find(procedure: Uri): Registration<M> | undefined {
    // A broad pattern must not catch calls that are meant for the router itself.
    if (isReserved(procedure)) return undefined;
    const registration = this.#registrations.find(procedure);
    // What was registered exactly was checked when it was; a pattern covers more than URIs.
    return registration?.match === 'exact' || isUri(procedure) ? registration : undefined;
  }

  /** Whether a procedure is registered under its own name, and not only by a pattern. */
  hasExactly(procedure: Uri): boolean {
    return this.#registrations.byPattern(procedure, 'exact') !== undefined;
  }

  /** Takes a member out of all its registrations. */
  leave(member: M): readonly Outbound<M>[] {
    const outbound: Outbound<M>[] = [];
    for (const registration of this.#registrations.leave(member)) outbound.push(...this.#left(member, registration));
    return outbound;
  }

  /** @internal */
  census(): Census {
    return this.#registrations.census();
  }

  #takeFrom(registration: Registration<M> | undefined, taker: M): Taken<M> {
    const callees = [...registration?.callees.members ?? NOTHING];
    if (registration === undefined || callees.some(({ authrole }) => authrole !== taker.authrole)) return NOTHING_TAKEN;
    const words: Outbound<M>[] = [];
    const events: Outbound<M>[] = [];
    for (const callee of callees) {
      this.#registrations.remove(callee, registration.id);
      words.push(...revocation(callee, registration.id, TAKEN_OVER));
      events.push(...this.#left(callee, registration));
    }
    return { words, events };
  }

  #left(member: M, registration: Registration<M>): readonly Outbound<M>[] {
    return this.#events?.left(member, registration, registration.callees.size === 0) ?? NOTHING;
  }
}

// Most callees ask for nothing, or for the timeout alone: they share what says so.
function termsOf({ concurrency = Infinity, forwardTimeout = false, discloseCaller = false }: RegisterOptions): Terms {
  if (concurrency !== Infinity || discloseCaller) return { concurrency, forwardTimeout, discloseCaller };
  return forwardTimeout ? KEEPS_TIME : NO_TERMS;
}

/** What is said to those whom a procedure was taken from, and what is told of it. */
interface Taken<M extends Member> {
  readonly words: readonly Outbound<M>[];
  readonly events: readonly Outbound<M>[];
}

const NOTHING_TAKEN: Taken<never> = Object.freeze({ words: NOTHING, events: NOTHING });

function revocation<M extends Member>(callee: M, registration: Id, reason: string | undefined): readonly Outbound<M>[] {
  if (!callee.has('callee', 'registration_revocation')) return NOTHING;
  const details = { registration, ...(reason !== undefined && { reason }) };
  return [{ to: callee, message: { type: MessageType.UNREGISTERED, request: 0, details } }];
}
