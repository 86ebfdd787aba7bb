import { describe, expect, it } from '@jest/globals';
import { NEVER, Subject } from 'rxjs';
import { MessageType, type Call, type Message } from '../../lib/protocol/messages.ts';
import { NO_DETAILS, type Member, type Outbound } from '../../lib/router/core/outbound.ts';
import { invalidArgument, Refusal, type ProcedureResult } from '../../lib/router/core/procedure.ts';
import { RouterProcedures, type RouterProcedure } from '../../lib/router/router-procedures.ts';
import { member } from '../support/members.ts';

const call = (request: number, procedure = 'wamp.test', args?: readonly unknown[]): Call =>
  ({ type: MessageType.CALL, request, options: NO_DETAILS, procedure, args, kwargs: undefined });

/** Procedures with one of the name `wamp.test`, and what was delivered later. */
function withTest(test: RouterProcedure<Member>): { procedures: RouterProcedures<Member>; later: Message[] } {
  const later: Message[] = [];
  const deliver = (outbound: readonly Outbound<Member>[]): void => void later.push(...outbound.map(({ message }) => message));
  return { procedures: new RouterProcedures({ procedures: new Map([['wamp.test', test]]), deliver, log: undefined }), later };
}

const error = (request: number, uri: string, args?: readonly unknown[]): object =>
  ({ type: MessageType.ERROR, requestType: MessageType.CALL, request, error: uri, ...(args && { args }) });

describe('RouterProcedures', () => {
  it('answers at once what is there at once', () => {
    const caller = member(1);
    const { procedures } = withTest(({ args, kwargs, caller: { id } }) => ({ args: [...args, id], kwargs }));

    const outbound = procedures.call(caller, { ...call(7, 'wamp.test', ['a']), kwargs: { b: 2 } });

    expect(outbound).toEqual([{ to: caller, message: expect.objectContaining({ type: MessageType.RESULT, request: 7, args: ['a', 1], kwargs: { b: 2 } }) }]);
    expect(procedures.size).toBe(0);
  });

  it('refuses what the router does not have, what the procedure refuses, and says nothing of a failure', () => {
    const reasons = [new Refusal('wamp.error.no_such_session'), invalidArgument('session must be an id, got "x"'), new TypeError('secret')];
    const { procedures } = withTest(() => { throw reasons.shift()!; });

    const messages = [call(1, 'wamp.other'), call(2), call(3), call(4)].flatMap((each) => procedures.call(member(1), each)).map(({ message }) => message);

    expect(messages).toEqual([
      expect.objectContaining(error(1, 'wamp.error.no_such_procedure')),
      expect.objectContaining(error(2, 'wamp.error.no_such_session')),
      expect.objectContaining(error(3, 'wamp.error.invalid_argument', ['session must be an id, got "x"'])),
      expect.objectContaining(error(4, 'wamp.error.runtime_error', ['the router failed'])),
    ]);
  });

  it('delivers later what comes later, also its failure', () => {
    const answers = [new Subject<ProcedureResult>(), new Subject<ProcedureResult>()];
    const asked = [...answers];
    const { procedures, later } = withTest(() => asked.shift()!);
    const caller = member(1);
    expect([1, 2].flatMap((request) => procedures.call(caller, call(request)))).toEqual([]);
    expect(procedures.callsOf(caller)).toBe(2);

    answers[1]!.next({ args: ['second'] });
    answers[0]!.error(new Refusal('wamp.error.unavailable'));

    expect(later).toEqual([
      expect.objectContaining({ type: MessageType.RESULT, request: 2, args: ['second'] }), expect.objectContaining(error(1, 'wamp.error.unavailable')),
    ]);
    expect(procedures.census()).toEqual({ 'open calls of the router': 0 });
  });

  it('answers a CANCEL of what is awaited, and leaves any other to the dealer', () => {
    const answer = new Subject<ProcedureResult>();
    const { procedures, later } = withTest(() => answer);
    const caller = member(1);
    procedures.call(caller, call(1));

    const [cancelled, again, strangers] = [procedures.cancel(caller, 1), procedures.cancel(caller, 1), procedures.cancel(member(2), 1)];
    answer.next({});

    expect(cancelled).toEqual([{ to: caller, message: expect.objectContaining(error(1, 'wamp.error.canceled')) }]);
    expect([again, strangers]).toEqual([undefined, undefined]);
    expect(later).toEqual([]);
    expect(answer.observed).toBe(false);
  });

  it('gives up all that a member waits for when it leaves', () => {
    const { procedures } = withTest(() => NEVER);
    const [one, other] = [member(1), member(2)];
    for (const caller of [one, one, other]) procedures.call(caller, call(procedures.size + 1));

    procedures.leave(one);

    expect([procedures.callsOf(one), procedures.callsOf(other)]).toEqual([0, 1]);
  });
});
