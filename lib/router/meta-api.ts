import { isObservable, map, type Observable } from 'rxjs';
import { addUp, type Census } from '../census.ts';
import * as WampMetaUri from '../protocol/wamp-meta-uris.ts';
import type { Id, Uri } from '../types.ts';
import type { Attachment } from './attachment.ts';
import type { Authorizer, Ruling } from './authorizer.ts';
import type { Broker } from './core/broker.ts';
import type { Dealer } from './core/dealer.ts';
import { Reflection } from './core/meta/reflection.ts';
import { registrationProcedures } from './core/meta/registration-meta.ts';
import { sessionDetails, sessionProcedures, type SessionMetaOptions } from './core/meta/session-meta.ts';
import { subscriptionProcedures } from './core/meta/subscription-meta.ts';
import { readScope, readTestament, Testaments, type Testament } from './core/meta/testaments.ts';
import { NOTHING, type Outbound } from './core/outbound.ts';
import { Refusal, type ProcedureCall, type ProcedureResult } from './core/procedure.ts';
import type { RouterProcedure } from './router-procedures.ts';

/** What a {@link MetaApi} knows of its realm. */
export interface MetaApiOptions extends SessionMetaOptions<Attachment> {
  readonly broker: Broker<Attachment>;
  readonly dealer: Dealer<Attachment>;
  readonly sessions: ReadonlyMap<Id, Attachment>;
  /** Decides whether a member may publish. */
  readonly rule: Authorizer['rule'];
}

/** What the router tells of a realm and lets be done to it: the procedures of all meta APIs, and what follows from a session that comes and goes. */
export class MetaApi {
  /** By URI. */
  readonly procedures: ReadonlyMap<Uri, RouterProcedure<Attachment>>;
  readonly #broker: Broker<Attachment>;
  readonly #rule: Authorizer['rule'];
  readonly #testaments = new Testaments<Attachment>();
  readonly #reflection: Reflection<Attachment>;

  constructor({ broker, dealer, sessions, rule, kill }: MetaApiOptions) {
    this.#broker = broker;
    this.#rule = rule;
    this.#reflection = new Reflection(broker);
    this.procedures = new Map<Uri, RouterProcedure<Attachment>>([
      ...sessionProcedures({ sessions, kill }),
      ...registrationProcedures(dealer, sessions),
      ...subscriptionProcedures(broker, sessions),
      ...this.#reflection.procedures,
      [WampMetaUri.sessionAddTestament, (call) => this.#addTestament(call)],
      [WampMetaUri.sessionFlushTestaments, ({ caller, kwargs }) => {
        this.#testaments.flush(caller, readScope(kwargs));
        return {};
      }],
    ]);
  }

  /** A session has joined: `wamp.session.on_join`. */
  joined(member: Attachment): readonly Outbound<Attachment>[] {
    return this.#broker.hears(WampMetaUri.sessionOnJoin) ? this.#broker.announce(WampMetaUri.sessionOnJoin, [sessionDetails(member)]) : NOTHING;
  }

  /** The connection of a session that may be resumed is lost: its testaments for that. */
  detached(member: Attachment): readonly Outbound<Attachment>[] {
    return this.#carryOut(member, this.#testaments.detach(member));
  }

  /** A session was resumed. */
  attached(member: Attachment): void {
    this.#testaments.attach(member);
  }

  /** A session has left: its definitions go, its testaments are published, and then there is `wamp.session.on_leave`; but for the first, not `quietly`. */
  left(member: Attachment, quietly: boolean): readonly Outbound<Attachment>[] {
    const undefinitions = this.#reflection.leave(member);
    const testaments = this.#testaments.leave(member);
    if (quietly) return undefinitions;
    const { id, authid, authrole } = member;
    const publications = this.#carryOut(member, testaments);
    const event = this.#broker.hears(WampMetaUri.sessionOnLeave) ? this.#broker.announce(WampMetaUri.sessionOnLeave, [id, authid, authrole]) : NOTHING;
    return [...undefinitions, ...publications, ...event];
  }

  /** @internal */
  census(): Census {
    return addUp(this.#testaments.census(), this.#reflection.census());
  }

  /** Asked once, when it is added: there is nobody left to be asked about when it is published. */
  #addTestament({ caller, args, kwargs }: ProcedureCall<Attachment>): ProcedureResult | Observable<ProcedureResult> {
    const request = readTestament({ caller, args, kwargs });
    const add = ({ error, grant }: Ruling): ProcedureResult => {
      if (error !== undefined) throw new Refusal(error);
      this.#testaments.add(caller, request, grant);
      return {};
    };
    const ruling = this.#rule(caller, request.publication);
    return isObservable(ruling) ? ruling.pipe(map(add)) : add(ruling);
  }

  #carryOut(member: Attachment, testaments: readonly Testament[]): readonly Outbound<Attachment>[] {
    return testaments.flatMap(({ publication, grant }) => this.#broker.publish(member, publication, grant));
  }
}
