import type { Census } from '../../census.ts';
import { MessageType, type Register, type Unregister } from '../../protocol/messages.ts';
import { readRegisterOptions, type RegisterOptions } from '../../protocol/options.ts';
import { isUri, WampUri } from '../../protocol/uri.ts';
import type { Id, Uri } from '../../types.ts';
import type { Terms } from './invocation-policy.ts';
import { NOTHING, refusal, type Member, type Outbound } from './outbound.ts';
import { Registrations, type Registration } from './registrations.ts';
import { isReserved } from './reserved-uri.ts';

const NO_TERMS: Terms = Object.freeze({ concurrency: Infinity, forwardTimeout: false, discloseCaller: false });
const KEEPS_TIME: Terms = Object.freeze({ ...NO_TERMS, forwardTimeout: true });
const TAKEN_OVER = 'another session has taken the procedure over';

/** Answers REGISTER and UNREGISTER, and knows where a call goes. */
export class Registrar<M extends Member> {
  readonly #registrations: Registrations<M>;

  constructor(nextId: () => Id, random: () => number) {
    this.#registrations = new Registrations(nextId, random);
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

    const revocations = forceReregister === true ? this.#takeFrom(this.#registrations.get(procedure, match), member) : NOTHING;
    const registration = this.#registrations.add(member, procedure, match, invoke, termsOf(registering));
    return [...revocations, {
      to: member,
      message: registration === undefined
        ? refusal(MessageType.REGISTER, request, WampUri.procedureAlreadyExists)
        : { type: MessageType.REGISTERED, request, registration: registration.id },
    }];
  }

  /** Answers UNREGISTERED, or ERROR `no_such_registration`. Calls that run are not touched. */
  unregister(member: M, { request, registration }: Unregister): readonly Outbound<M>[] {
    return [{
      to: member,
      message: this.#registrations.remove(member, registration)
        ? { type: MessageType.UNREGISTERED, request, details: undefined }
        : refusal(MessageType.UNREGISTER, request, WampUri.noSuchRegistration),
    }];
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
    return this.#registrations.get(procedure, 'exact') !== undefined;
  }

  /** Takes a member out of all its registrations. */
  leave(member: M): void {
    this.#registrations.leave(member);
  }

  /** @internal */
  census(): Census {
    return this.#registrations.census();
  }

  #takeFrom(registration: Registration<M> | undefined, taker: M): readonly Outbound<M>[] {
    const callees = [...registration?.callees.members ?? NOTHING];
    if (registration === undefined || callees.some(({ authrole }) => authrole !== taker.authrole)) return NOTHING;
    const { id } = registration;
    for (const callee of callees) this.#registrations.remove(callee, id);
    const details = { registration: id, reason: TAKEN_OVER };
    return callees.filter((callee) => callee.has('callee', 'registration_revocation'))
      .map((callee) => ({ to: callee, message: { type: MessageType.UNREGISTERED, request: 0, details } }));
  }
}

// Most callees ask for nothing, or for the timeout alone: they share what says so.
function termsOf({ concurrency = Infinity, forwardTimeout = false, discloseCaller = false }: RegisterOptions): Terms {
  if (concurrency !== Infinity || discloseCaller) return { concurrency, forwardTimeout, discloseCaller };
  return forwardTimeout ? KEEPS_TIME : NO_TERMS;
}
