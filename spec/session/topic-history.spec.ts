import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ApplicationError, ProtocolError } from '../../lib/errors.ts';
import { History } from '../../lib/session/topic-history.ts';
import { ScriptedRouter, heard, joined } from '../support/scripted-router.ts';

const CALL = 'wamp.subscription.get_events';

function reading(): { readonly router: ScriptedRouter; readonly history: History } {
  const router = new ScriptedRouter();
  return { router, history: new History(joined(router).session) };
}

describe('History.page', () => {
  it('sends nothing before it is subscribed to, then a CALL, and takes it back with CANCEL', () => {
    const { router, history } = reading();
    const page = history.page(70, 5, 3);
    expect(router.take()).toEqual([]);

    const { subscription } = heard(page);
    subscription.unsubscribe();

    expect(router.take()).toEqual([[48, 1, {}, CALL, [70], { from_publication: 5, limit: 3 }], [49, 1, { mode: 'killnowait' }]]);
  });

  it('reads events as the specification has them, and says whether there may be more', () => {
    const { router, history } = reading();
    const full = heard(history.page(70, 5, 2)).log;
    const last = heard(history.page(70, 6, 2)).log;
    const events = [{ timestamp: '2024-01-01T00:00:00Z', subscription: 70, publication: 5, details: { topic: 'com.x' }, args: [1] }, { publication: 6, details: {}, args: null, kwargs: { a: 1 } }];

    router.send(50, 1, {}, events);
    router.send(50, 2, {}, events.slice(1));

    const [five, six] = [{ publication: 5, details: { topic: 'com.x' }, args: [1], kwargs: undefined }, { publication: 6, details: {}, args: undefined, kwargs: { a: 1 } }];
    expect(full).toEqual([{ events: [five, six], end: 'limit' }, 'complete']);
    expect(last).toEqual([{ events: [six], end: 'present' }, 'complete']);
  });

  it('asks as Crossbar.io wants it where the filters are refused, turns the answer round, and asks so from then on', () => {
    const { router, history } = reading();
    const { log } = heard(history.page(70, 5, 3));
    router.send(8, 48, 1, {}, 'wamp.error.runtime_error', ["unexpected keyword argument 'from_publication'"]);
    router.send(50, 2, {}, [[{ publication: 6, topic: 'com.x', args: [2], kwargs: {} }, { publication: 5, topic: 'com.x', args: [1] }]]);
    heard(history.page(71, 6, 3));

    expect(log).toEqual([{ events: [{ publication: 5, details: { topic: 'com.x' }, args: [1], kwargs: undefined }, { publication: 6, details: { topic: 'com.x' }, args: [2], kwargs: {} }], end: 'present' }, 'complete']);
    expect(router.take()).toEqual([[48, 1, {}, CALL, [70], { from_publication: 5, limit: 3 }], [48, 2, {}, CALL, [70, 3]], [48, 3, {}, CALL, [71, 3]]]);
  });

  it.each(['wamp.error.history_unavailable', 'wamp.error.no_such_procedure', 'wamp.error.not_authorized'])('asks no second time after %s', (uri) => {
    const { router, history } = reading();
    const { log } = heard(history.page(70, 5, 3));
    router.send(8, 48, 1, {}, uri);

    expect(log).toEqual([expect.any(ApplicationError)]);
    expect(router.take()).toHaveLength(1);
  });

  it('asks no second time where the filters were understood before', () => {
    const { router, history } = reading();
    heard(history.page(70, 5, 3));
    router.send(50, 1, {}, []);
    const { log } = heard(history.page(70, 5, 3));
    router.send(8, 48, 2, {}, 'wamp.error.invalid_argument');

    expect([log, router.take().length]).toEqual([[expect.any(ApplicationError)], 2]);
  });

  it('errors with ProtocolError whatever an answer is, and the session lives on', () => {
    const json = fc.oneof(fc.jsonValue(), fc.record({ publication: fc.oneof(fc.jsonValue(), fc.nat()), details: fc.jsonValue(), args: fc.jsonValue(), kwargs: fc.jsonValue() }, { requiredKeys: [] }));
    fc.assert(fc.property(fc.array(json), fc.boolean(), (args, listed) => {
      const router = new ScriptedRouter();
      const { session, ends } = joined(router);
      const { log } = heard(new History(session).page(70, 5, 3));

      router.send(50, 1, {}, listed ? [args] : args);

      expect(log[0] instanceof ProtocolError || log[1] === 'complete').toBe(true);
      expect(ends).toEqual([]);
    }));
  });
});
