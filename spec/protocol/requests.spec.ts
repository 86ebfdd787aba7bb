import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { ProtocolError } from '../../lib/errors.ts';
import { MessageType } from '../../lib/protocol/messages.ts';
import { Requests } from '../../lib/protocol/requests.ts';
import type { Id } from '../../lib/types.ts';

interface Entered {
  readonly type: MessageType;
  readonly request: Id;
  readonly entry: string;
}
interface Model {
  open: Entered[];
}

const type = fc.constantFrom(MessageType.CALL, MessageType.SUBSCRIBE, MessageType.PUBLISH);
const request = fc.integer({ min: 1, max: 6 });

const opens = fc.record({ type, request, entry: fc.string() }).map((entered) => ({
  check: () => true,
  toString: () => `open(${entered.type}, ${entered.request})`,
  run(model: Model, real: Requests<string>) {
    if (model.open.some((each) => each.request === entered.request)) {
      expect(() => real.open(entered.type, entered.request, entered.entry)).toThrow(ProtocolError);
      return;
    }
    real.open(entered.type, entered.request, entered.entry);
    model.open = [...model.open, entered].sort((left, right) => left.request - right.request);
  },
}));

const closes = fc.record({ type, request }).map((asked) => ({
  check: () => true,
  toString: () => `close(${asked.type}, ${asked.request})`,
  run(model: Model, real: Requests<string>) {
    const at = model.open.findIndex((each) => each.type === asked.type && each.request === asked.request);
    const entry = model.open[at]?.entry;
    expect(real.get(asked.type, asked.request)).toBe(entry);
    expect(real.close(asked.type, asked.request)).toBe(entry);
    expect(real.get(asked.type, asked.request)).toBeUndefined();
    if (at >= 0) model.open.splice(at, 1);
    expect([...real]).toEqual(model.open.map((each) => each.entry));
  },
}));

const clears = fc.constant({
  check: () => true,
  toString: () => 'clear()',
  run(model: Model, real: Requests<string>) {
    expect(real.clear()).toEqual(model.open.map((each) => each.entry));
    model.open = [];
    expect(real.size).toBe(0);
  },
});

describe('Requests', () => {
  it('behaves as a list in which an id stands at most once', () => {
    fc.assert(
      fc.property(fc.commands<Model, Requests<string>>([opens, closes, clears], { maxCommands: 40 }), (commands) => {
        const setup = () => ({ model: { open: [] }, real: new Requests<string>() });
        fc.modelRun(setup, commands);
      }),
      { numRuns: 300 },
    );
  });

  it('does not let the answer to one kind of request close another', () => {
    const requests = new Requests<string>();
    requests.open(MessageType.CALL, 1, 'call');

    expect(requests.close(MessageType.SUBSCRIBE, 1)).toBeUndefined();
    expect(requests.size).toBe(1);
  });

  it('says which id is still open', () => {
    const requests = new Requests<string>();
    requests.open(MessageType.CALL, 7, 'call');

    expect(() => requests.open(MessageType.PUBLISH, 7, 'publish')).toThrow(
      new ProtocolError('request id must be new, got 7, which is still open'),
    );
  });

  it('takes a request that is opened while it is cleared for a new one', () => {
    const requests = new Requests<() => void>();
    requests.open(MessageType.CALL, 1, () => requests.open(MessageType.CALL, 2, () => {}));

    for (const fail of requests.clear()) fail();

    expect(requests.size).toBe(1);
  });
});
