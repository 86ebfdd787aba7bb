import { readRegisterOptions } from '../../../protocol/options.ts';
import * as WampMetaUri from '../../../protocol/wamp-meta-uris.ts';
import * as WampUri from '../../../protocol/wamp-uris.ts';
import type { Dict, Id } from '../../../types.ts';
import type { Dealer } from '../dealer.ts';
import type { Member } from '../outbound.ts';
import type { ProcedureTable } from '../procedure.ts';
import type { Registration } from '../registrations.ts';
import { directoryProcedures, timestamp } from './directory-procedures.ts';
import { MembershipEvents, type Announcer } from './membership-events.ts';

/** The events of the registration meta API: `wamp.registration.on_create`, `on_register`, `on_unregister` and `on_delete`. */
export function registrationEvents<M extends Member>(announcer: Announcer<M>): MembershipEvents<M, Registration<M>> {
  return new MembershipEvents({
    topics: {
      created: WampMetaUri.registrationOnCreate, entered: WampMetaUri.registrationOnRegister,
      left: WampMetaUri.registrationOnUnregister, deleted: WampMetaUri.registrationOnDelete,
    },
    announcer,
    describe,
  });
}

/** The procedures of the registration meta API, and `wamp.registration.remove_callee` as Crossbar.io has it. */
export function registrationProcedures<M extends Member>(
  dealer: Pick<Dealer<M>, 'registrations' | 'match' | 'revoke'>, sessions: ReadonlyMap<Id, M>,
): ProcedureTable<M> {
  return directoryProcedures({
    uris: {
      list: WampMetaUri.registrationList, lookup: WampMetaUri.registrationLookup, match: WampMetaUri.registrationMatch,
      get: WampMetaUri.registrationGet, listMembers: WampMetaUri.registrationListCallees,
      countMembers: WampMetaUri.registrationCountCallees, removeMember: WampMetaUri.registrationRemoveCallee,
    },
    noun: 'registration',
    missing: WampUri.noSuchRegistration,
    directory: dealer.registrations,
    sessions,
    readMatch: (options) => readRegisterOptions(options).match,
    match: (procedure) => dealer.match(procedure)?.id ?? null,
    describe,
    membersOf: ({ callees }) => callees.members,
    revoke: (callee, id, reason) => dealer.revoke(callee, id, reason),
  });
}

function describe({ id, created, procedure, match, callees }: Registration<Member>): Dict {
  return { id, created: timestamp(created), uri: procedure, match, invoke: callees.policy };
}
