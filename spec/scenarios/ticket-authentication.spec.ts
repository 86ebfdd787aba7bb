import { describe, expect, it } from '@jest/globals';
import { of } from 'rxjs';
import { anonymous } from '../../lib/auth/anonymous.ts';
import { ticket } from '../../lib/auth/ticket.ts';
import { failureOf } from '../support/peers.ts';
import { PETER } from '../support/people.ts';
import { WITH_CORE, scene } from '../support/worlds.ts';

const ONCE = { maxAttempts: 0 } as const;

describe.each(WITH_CORE)('tickets over $name', (world) => {
  const stage = scene(world);

  it('let those in who have the right one', async () => {
    const details = await stage.client({ auth: ticket(PETER) }).connect();

    expect(details).toMatchObject({ authid: PETER.authid, authmethod: 'ticket', authrole: 'user' });
  });

  it('are taken before no name at all, where both are offered', async () => {
    const details = await stage.client({ auth: [ticket(PETER), anonymous()] }).connect();

    expect(details.authid).toBe(PETER.authid);
  });

  it.each([
    ['that is wrong', { authid: PETER.authid, ticket: 'guess' }],
    ['of nobody', { authid: 'nobody', ticket: PETER.ticket }],
  ])('do not let anybody in with one %s', async (_, credentials) => {
    const failure = await failureOf(stage.client({ auth: ticket(credentials), retry: ONCE }).connect());

    expect(failure).toMatchObject({ code: 'aborted', reason: expect.stringMatching(/^wamp\.error\.(authentication_denied|authentication_failed|not_authorized)$/) });
    expect(String((failure as Error).message)).not.toContain(credentials.ticket);
  });

  it.each<[string, () => Promise<string>]>([['a promise', async () => PETER.ticket]])('may come late: %s', async (_, fetch) => {
    expect((await stage.client({ auth: ticket({ authid: PETER.authid, ticket: fetch }) }).connect()).authid).toBe(PETER.authid);
  });

  it('may come from an Observable', async () => {
    expect((await stage.client({ auth: ticket({ authid: PETER.authid, ticket: () => of(PETER.ticket) }) }).connect()).authid).toBe(PETER.authid);
  });

  it('are asked for afresh at each attempt, and one refusal is forgiven', async () => {
    const asked: unknown[] = [];
    const client = stage.client({
      auth: ({ attempt }) => {
        asked.push(attempt);
        return ticket({ authid: PETER.authid, ticket: attempt === 0 ? 'expired' : PETER.ticket });
      },
    });

    expect((await client.connect()).authid).toBe(PETER.authid);
    expect(asked).toEqual([0, 1]);
  });

  it('are given up after the second refusal in a row', async () => {
    const client = stage.client({ auth: ticket({ authid: PETER.authid, ticket: 'guess' }) });

    expect(await failureOf(client.connect())).toMatchObject({ code: 'aborted' });
    expect(client.state.kind).toBe('closed');
  });

  if (!world.isCore) it('are not shown to whoever watches the wire', async () => {
    const client = stage.client({ auth: ticket(PETER) });
    const seen: unknown[] = [];
    client.frames$.subscribe(({ message }) => seen.push(message));

    await client.connect();

    expect(seen.length).toBeGreaterThanOrEqual(4);
    expect(JSON.stringify(seen)).not.toContain(PETER.ticket);
  });
});
