import type { Census } from '../census.ts';
import { own } from '../protocol/fields.ts';
import { MessageType, type Register, type Registered, type Unregister, type Unregistered } from '../protocol/messages.ts';
import type { InvocationPolicy } from '../protocol/options.ts';
import * as WampUri from '../protocol/wamp-uris.ts';
import type { Id } from '../types.ts';
import { TabCallees } from './callees.ts';
import type { Asked, Line } from './line.ts';
import type { Tab } from './tab.ts';

const { REGISTER, REGISTERED, UNREGISTER, UNREGISTERED } = MessageType;

/** A REGISTER of a tab. */
interface Waiting {
  readonly tab: Tab;
  readonly request: Id;
}

/** One registration on the wire, and the tabs that answer for it. */
interface SharedRegistration {
  readonly id: Id;
  /** What a REGISTER has to ask for to share it; `undefined` where nobody can. */
  readonly key: string | undefined;
  readonly callees: TabCallees<Tab>;
  /** It is being given up: nobody can join any more. */
  closing: boolean;
}

/**
 * The registrations of all tabs, in one session: one REGISTER for the first tab that shares a procedure, one UNREGISTER for the last.
 *
 * Tabs share where they ask for the same: procedure, match, a policy other than `single`, and all other options too, since the router knows one callee
 * and holds it to the first one's. Whatever else asks for a procedure is asked of the router, which refuses a session what it has already, as it
 * refuses any other what it cannot have.
 */
export class SharedRegistrations {
  readonly #line: Line;
  readonly #registrations = new Map<Id, SharedRegistration>();
  readonly #shared = new Map<string, SharedRegistration>();
  /** REGISTERs that are not answered: who waits for each that can be shared. */
  readonly #asking = new Map<string, Waiting[]>();

  constructor(line: Line) {
    this.#line = line;
  }

  /** The tabs that answer for a registration; `undefined` where there is none. */
  calleesOf(registration: Id): TabCallees<Tab> | undefined {
    return this.#registrations.get(registration)?.callees;
  }

  register(tab: Tab, message: Register): void {
    const waiting = { tab, request: message.request };
    const policy = sharingPolicy(message);
    if (policy === undefined) return this.#ask(undefined, 'single', [waiting], message);
    const key = keyOf(message);
    const known = this.#shared.get(key);
    if (known !== undefined) return join(known, waiting);
    const asking = this.#asking.get(key);
    if (asking !== undefined) return void asking.push(waiting);
    const waitings = [waiting];
    this.#asking.set(key, waitings);
    this.#ask(key, policy, waitings, message);
  }

  unregister(tab: Tab, { request, registration: id }: Unregister): void {
    const registration = this.#registrations.get(id);
    if (registration === undefined || registration.closing || !registration.callees.has(tab)) return tab.refuse(UNREGISTER, request, WampUri.noSuchRegistration);
    if (registration.callees.size > 1 || this.#isAskedFor(registration)) {
      registration.callees.delete(tab);
      return void tab.send({ type: UNREGISTERED, request, details: undefined });
    }
    // It answers for what crosses the UNREGISTER.
    this.#giveUp(registration, {
      answered: (answer: Unregistered) => void tab.send({ ...answer, request }),
      refused: (error) => void tab.send({ ...error, request }),
    });
  }

  /** UNREGISTERED with request 0. */
  revoked(message: Unregistered): void {
    const registration = this.#registrations.get(message.details?.['registration'] as Id);
    if (registration === undefined) return;
    this.#close(registration);
    this.#forget(registration);
    for (const tab of registration.callees) tab.send(message);
  }

  leave(tab: Tab): void {
    for (const registration of [...this.#registrations.values()]) {
      if (registration.callees.delete(tab)) this.#tidy(registration);
    }
  }

  /** @internal */
  census(): Census {
    return { 'registrations of tabs': this.#registrations.size, 'shared registrations of tabs': this.#shared.size, 'procedures asked for by tabs': this.#asking.size };
  }

  #ask(key: string | undefined, policy: InvocationPolicy, waiting: readonly Waiting[], message: Register): void {
    const over = (): void => {
      if (key !== undefined) this.#asking.delete(key);
    };
    this.#line.ask(REGISTER, (request) => ({ ...message, request }), {
      withdrawn: over,
      answered: ({ registration: id }: Registered) => {
        const registration = this.#registrationOf(id, key, policy);
        // Who has heard may leave, and others come, before all have: over a link in memory.
        for (const each of waiting) if (each.tab.isOpen) join(registration, each);
        over();
        this.#tidy(registration);
      },
      refused: (error) => {
        over();
        for (const { tab, request } of waiting) tab.send({ ...error, request });
      },
    });
  }

  #registrationOf(id: Id, key: string | undefined, policy: InvocationPolicy): SharedRegistration {
    const known = this.#registrations.get(id);
    if (known?.closing === false) return known;
    const registration: SharedRegistration = { id, key, callees: new TabCallees(policy), closing: false };
    this.#registrations.set(id, registration);
    if (key !== undefined) this.#shared.set(key, registration);
    return registration;
  }

  #isAskedFor({ key }: SharedRegistration): boolean {
    return key !== undefined && this.#asking.has(key);
  }

  // What nobody answers for any more is given up.
  #tidy(registration: SharedRegistration): void {
    if (registration.callees.size > 0 || registration.closing || this.#isAskedFor(registration)) return;
    // A revocation may have crossed it, and then there is nothing to unregister.
    this.#giveUp(registration, { answered: () => {}, refused: () => {} });
  }

  #giveUp(registration: SharedRegistration, asked: Asked): void {
    this.#close(registration);
    this.#line.ask(UNREGISTER, (request) => ({ type: UNREGISTER, request, registration: registration.id }), {
      answered: (answer) => {
        this.#forget(registration);
        asked.answered(answer);
      },
      refused: (error) => {
        this.#forget(registration);
        asked.refused(error);
      },
    });
  }

  #close(registration: SharedRegistration): void {
    registration.closing = true;
    const { key } = registration;
    if (key !== undefined && this.#shared.get(key) === registration) this.#shared.delete(key);
  }

  // The id may be another one's by now.
  #forget(registration: SharedRegistration): void {
    if (this.#registrations.get(registration.id) === registration) this.#registrations.delete(registration.id);
  }
}

function join({ id, callees }: SharedRegistration, { tab, request }: Waiting): void {
  if (callees.has(tab)) return tab.refuse(REGISTER, request, WampUri.procedureAlreadyExists);
  callees.add(tab);
  tab.send({ type: REGISTERED, request, registration: id });
}

const SHARED_POLICIES = ['roundrobin', 'random', 'first', 'last'] as const;

// Who takes a procedure from others does not mean to share it with them.
function sharingPolicy({ options }: Register): InvocationPolicy | undefined {
  if (own(options, 'force_reregister') === true) return undefined;
  const invoke = own(options, 'invoke');
  return SHARED_POLICIES.find((policy) => policy === invoke);
}

/** The procedure and the options in one form, whatever their order, and without what says no more than nothing. */
function keyOf({ procedure, options }: Register): string {
  const said = Object.entries(options).filter(([name, value]) => value !== undefined && value !== null && value !== false && !(name === 'match' && value === 'exact'));
  said.sort(([left], [right]) => (left < right ? -1 : 1));
  return JSON.stringify([procedure, said], (_name, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
}
