import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ProtocolError } from '../../lib/errors.ts';
import { advance, advanceAt, type Lifecycle, type Peer } from '../../lib/protocol/lifecycle.ts';
import { MessageType } from '../../lib/protocol/messages.ts';

type Name = keyof typeof MessageType;
type Step = readonly [Peer, Name];

const NAMES = Object.keys(MessageType) as Name[];
const FROM_CLIENT: readonly Name[] = [
  'HELLO', 'AUTHENTICATE', 'ABORT', 'GOODBYE', 'ERROR', 'PUBLISH', 'SUBSCRIBE', 'UNSUBSCRIBE', 'EVENT_RECEIVED', 'CALL', 'CANCEL',
  'REGISTER', 'UNREGISTER', 'YIELD', 'ACK',
];
const FROM_ROUTER: readonly Name[] = [
  'WELCOME', 'CHALLENGE', 'ABORT', 'GOODBYE', 'ERROR', 'PUBLISHED', 'SUBSCRIBED', 'UNSUBSCRIBED', 'EVENT', 'RESULT', 'REGISTERED',
  'UNREGISTERED', 'INVOCATION', 'INTERRUPT', 'ACK',
];
const OPENING: readonly Name[] = ['HELLO', 'WELCOME', 'CHALLENGE', 'AUTHENTICATE'];
const STATES: readonly Lifecycle[] = ['closed', 'establishing', 'challenging', 'established', 'client-leaving', 'router-leaving'];

const after = (...steps: readonly Step[]): Lifecycle =>
  steps.reduce<Lifecycle>((state, [sender, name]) => advance(state, sender, MessageType[name]), 'closed');

const hello: Step = ['client', 'HELLO'];
const welcome: Step = ['router', 'WELCOME'];

describe('advance', () => {
  it.each<readonly [string, readonly Step[], Lifecycle]>([
    ['a session without authentication', [hello, welcome], 'established'],
    ['a refused HELLO', [hello, ['router', 'ABORT']], 'closed'],
    ['a challenge', [hello, ['router', 'CHALLENGE']], 'challenging'],
    ['a challenge that was answered', [hello, ['router', 'CHALLENGE'], ['client', 'AUTHENTICATE'], welcome], 'established'],
    ['two factors', [
      hello, ['router', 'CHALLENGE'], ['client', 'AUTHENTICATE'], ['router', 'CHALLENGE'], ['client', 'AUTHENTICATE'], welcome,
    ], 'established'],
    ['a client that cannot answer', [hello, ['router', 'CHALLENGE'], ['client', 'ABORT']], 'closed'],
    ['a client that leaves', [hello, welcome, ['client', 'GOODBYE'], ['router', 'GOODBYE']], 'closed'],
    ['a router that leaves', [hello, welcome, ['router', 'GOODBYE'], ['client', 'GOODBYE']], 'closed'],
    ['events for a client that leaves', [hello, welcome, ['client', 'GOODBYE'], ['router', 'EVENT']], 'client-leaving'],
    ['calls at a router that leaves', [hello, welcome, ['router', 'GOODBYE'], ['client', 'CALL']], 'router-leaving'],
    ['a second session on the same transport', [
      hello, welcome, ['client', 'GOODBYE'], ['router', 'GOODBYE'], hello, welcome,
    ], 'established'],
    ['two ABORTs that cross', [hello, welcome, ['client', 'ABORT'], ['router', 'ABORT']], 'closed'],
    ['something else than HELLO that is refused', [['router', 'ABORT']], 'closed'],
  ])('follows %s', (_story, steps, expected) => {
    expect(after(...steps)).toBe(expected);
  });

  it('takes two GOODBYEs that cross for answers, at both ends', () => {
    const client = after(hello, welcome, ['client', 'GOODBYE'], ['router', 'GOODBYE']);
    const router = after(hello, welcome, ['router', 'GOODBYE'], ['client', 'GOODBYE']);
    expect([client, router]).toEqual(['closed', 'closed']);
  });

  // 2.3.3, one by one.
  it.each<readonly [Step, readonly Step[]]>([
    [['router', 'WELCOME'], [hello, welcome]],
    [['client', 'HELLO'], [hello, welcome]],
    [['router', 'CHALLENGE'], [hello, welcome]],
    [['router', 'GOODBYE'], [hello]],
    [['client', 'GOODBYE'], [hello]],
    ...(['ERROR', 'SUBSCRIBED', 'UNSUBSCRIBED', 'PUBLISHED', 'RESULT', 'REGISTERED', 'UNREGISTERED', 'INVOCATION'] as const).map(
      (name) => [['router', name], [hello]] as const,
    ),
  ])('refuses %j after %j', ([sender, name], before) => {
    expect(() => after(...before, [sender, name])).toThrow(ProtocolError);
  });

  it('says who must not send what, and when', () => {
    expect(() => after(hello, ['client', 'CALL'])).toThrow(
      new ProtocolError('client must not send CALL while the session is establishing'),
    );
    expect(() => advance('established', 'router', 99 as MessageType)).toThrow(
      new ProtocolError('router must not send a message of type 99 while the session is established'),
    );
  });

  it('lets each peer send its own messages, and only while it has not said goodbye', () => {
    for (const state of STATES) {
      for (const sender of ['client', 'router'] as const) {
        for (const name of NAMES.filter((each) => !OPENING.includes(each) && each !== 'GOODBYE' && each !== 'ABORT')) {
          const mayTalk = state === 'established' || state === (sender === 'client' ? 'router-leaving' : 'client-leaving');
          const isIts = (sender === 'client' ? FROM_CLIENT : FROM_ROUTER).includes(name);
          const step = () => advance(state, sender, MessageType[name]);
          if (mayTalk && isIts) expect(step()).toBe(state);
          else expect(step).toThrow(ProtocolError);
        }
      }
    }
  });

  it('lets either peer abort at any time', () => {
    for (const state of STATES) {
      for (const sender of ['client', 'router'] as const) expect(advance(state, sender, MessageType.ABORT)).toBe('closed');
    }
  });

  it('never leads from closed to established without HELLO and WELCOME, nor talks outside of it', () => {
    const step = fc.tuple(fc.constantFrom<Peer>('client', 'router'), fc.constantFrom(...NAMES));
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        let state: Lifecycle = 'closed';
        let greeted = false;
        let joined = false;
        for (const [sender, name] of steps) {
          const before: Lifecycle = state;
          try {
            state = advance(state, sender, MessageType[name]);
          } catch (error) {
            expect(error).toBeInstanceOf(ProtocolError);
            expect(state).toBe(before);
            continue;
          }
          if (name === 'HELLO') greeted = true;
          if (name === 'WELCOME') joined = greeted;
          if (state === 'closed') greeted = joined = false;
          expect(joined).toBe(state === 'established' || state.endsWith('leaving'));
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('advanceAt', () => {
  const outcome = (step: typeof advance, ...of: Parameters<typeof advance>): string => {
    try {
      return step(...of);
    } catch (error) {
      return String(error);
    }
  };

  it.each(STATES)('does what advance does with what its sender may send at all: %s', (state) => {
    for (const [sender, names] of [['client', FROM_CLIENT], ['router', FROM_ROUTER]] as const) {
      for (const name of names) expect(outcome(advanceAt, state, sender, MessageType[name])).toBe(outcome(advance, state, sender, MessageType[name]));
    }
  });
});
