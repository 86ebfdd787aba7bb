import { describe, expect, it, jest } from '@jest/globals';
import { MessageType } from '../../../../lib/protocol/messages.ts';
import { MembershipEvents, type Announcer } from '../../../../lib/router/core/meta/membership-events.ts';
import type { Member, Outbound } from '../../../../lib/router/core/outbound.ts';
import type { List } from '../../../../lib/types.ts';
import { member } from '../../../support/members.ts';

const TOPICS = { created: 'on_create', entered: 'on_enter', left: 'on_leave', deleted: 'on_delete' };
const TARGET = { id: 7 };

/** Events of whose topics somebody hears these, and what was announced. */
function heard(...topics: readonly string[]): { events: MembershipEvents<Member, typeof TARGET>; announced: [string, List][]; describe: jest.Mock } {
  const announced: [string, List][] = [];
  const announcer: Announcer<Member> = {
    hears: (topic) => topics.includes(topic),
    announce: (topic, args): readonly Outbound[] => {
      announced.push([topic, args]);
      return [{ to: [], message: { type: MessageType.EVENT, subscription: 1, publication: 1, details: { topic }, args, kwargs: undefined } }];
    },
  };
  const details = jest.fn(() => ({ id: 7, uri: 'com.a' }));
  return { events: new MembershipEvents({ topics: TOPICS, announcer, describe: details }), announced, describe: details };
}

describe('MembershipEvents', () => {
  it('tells of the creation before the first one enters, and of the deletion behind the last one that leaves', () => {
    const { events, announced } = heard(...Object.values(TOPICS));

    const sent = [events.entered(member(1), TARGET, true), events.entered(member(2), TARGET, false), events.left(member(1), TARGET, false), events.left(member(2), TARGET, true)];

    expect(announced).toEqual([
      ['on_create', [1, { id: 7, uri: 'com.a' }]], ['on_enter', [1, 7]], ['on_enter', [2, 7]],
      ['on_leave', [1, 7]], ['on_leave', [2, 7]], ['on_delete', [2, 7]],
    ]);
    expect(sent.map((outbound) => outbound.length)).toEqual([2, 1, 1, 2]);
  });

  it('makes nothing that nobody hears', () => {
    const { events, announced, describe: details } = heard('on_enter');

    const sent = [events.entered(member(1), TARGET, true), events.left(member(1), TARGET, true)];

    expect(announced).toEqual([['on_enter', [1, 7]]]);
    expect(details).not.toHaveBeenCalled();
    expect(sent[1]).toEqual([]);
  });
});
