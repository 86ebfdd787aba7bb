import { describe, expect, it } from '@jest/globals';
import { ApplicationError, InvalidUriError, TimeoutError, applicationErrorOf, isApplicationError } from '../../lib/errors.ts';
import { CanceledError, InvalidArgumentError, NoSuchProcedureError, NotAuthorizedError } from '../../lib/session/application-errors.ts';
import { mapError, type ErrorMap } from '../../lib/session/error-mapping.ts';
import { retryCall } from '../../lib/operators/retry-call.ts';
import { clientOf } from '../../lib/client/create-client.ts';
import type { Payload, Uri } from '../../lib/types.ts';
import { ScriptedRouter, heard, joined } from '../support/scripted-router.ts';
import { tidyMarbles } from '../support/tidy-marbles.ts';

class SoldOutError extends ApplicationError<[item: string]> {
  override readonly name = 'SoldOutError';

  constructor({ args }: Payload<[item: string]>) { super('com.sold_out', { args }); }

  get item(): string { return this.args[0]; }
}

class Late extends Error {
  readonly minutes: number;

  constructor(minutes: number) {
    super('late');
    this.minutes = minutes;
  }
}

const late = mapError({ type: Late, read: ({ args: [minutes] }) => new Late(Number(minutes)), write: ({ minutes }) => ({ args: [minutes], kwargs: { unit: 'min' } }) });
const errors: ErrorMap = { 'com.sold_out': SoldOutError, 'com.late': late };

/** The error of a call that is answered with ERROR, and what was reported meanwhile. */
function refused(map: ErrorMap | undefined, uri: Uri, args: readonly unknown[] = []): { readonly error: unknown; readonly reports: readonly unknown[]; readonly isAlive: boolean } {
  const reports: unknown[] = [];
  const router = new ScriptedRouter();
  const { session, ends } = joined(router, { errors: map, report: (error) => reports.push(error) });
  const { log } = heard(session.call('com.p'));
  router.send(8, 48, 1, { a: 1 }, uri, args);
  return { error: log[0], reports, isAlive: ends.length === 0 && session.isLive };
}

/** What a procedure that throws answers with, and what was reported meanwhile. */
function thrown(error: unknown, map: ErrorMap | undefined = errors): { readonly answer: readonly unknown[]; readonly reports: readonly unknown[] } {
  const reports: unknown[] = [];
  const router = new ScriptedRouter();
  const { session } = joined(router, { errors: map, report: (failure) => reports.push(failure) });
  session.register('com.p', () => { throw error; }).subscribe();
  router.send(65, 1, 80);
  router.take();
  router.send(68, 1, 80, {});
  return { answer: router.take().flatMap((list) => list.slice(4)), reports };
}

describe('the option errors', () => {
  it('makes an instance of its class of an ERROR, which lacks nothing that an ApplicationError has', () => {
    const { error, reports } = refused(errors, 'com.sold_out', ['tea']);

    expect(error).toBeInstanceOf(SoldOutError);
    expect(error).toMatchObject({
      name: 'SoldOutError', code: 'application', uri: 'com.sold_out', args: ['tea'], item: 'tea', details: { a: 1 }, effect: 'unknown',
      operation: { verb: 'call', uri: 'com.p', request: 1 },
    });
    expect([isApplicationError(error), isApplicationError(error, 'com.sold_out'), isApplicationError(error, 'com.x'), applicationErrorOf(error) === error]).toEqual([true, true, false, true]);
    expect(reports).toEqual([]);
  });

  it('gives an instance the URI that came, and tells it to the class, where one class has several', () => {
    const urls: Uri[] = [];
    class Several extends ApplicationError { constructor(payload: Payload, uri: Uri) { super('com.one', payload); urls.push(uri); } }

    const { error } = refused({ 'com.one': Several, 'com.two': Several }, 'com.two');

    expect([error instanceof Several, isApplicationError(error, 'com.two'), urls]).toEqual([true, true, ['com.two']]);
  });

  it('reads errors of a foreign class, behind which the ApplicationError is still to be had', () => {
    const { error } = refused(errors, 'com.late', [5]);

    expect(error).toEqual(new Late(5));
    expect(error).not.toBeInstanceOf(ApplicationError);
    expect(applicationErrorOf(error)).toMatchObject({ uri: 'com.late', args: [5], details: { a: 1 }, effect: 'unknown', operation: { verb: 'call', request: 1 } });
  });

  it('reads frozen errors of a foreign class too', () => {
    const frozen = mapError({ type: Late, read: () => Object.freeze(new Late(1)), write: () => [] });

    const { error, reports } = refused({ 'com.late': frozen }, 'com.late');

    expect([error instanceof Late, applicationErrorOf(error)?.uri, reports]).toEqual([true, 'com.late', []]);
  });

  it('makes instances of what refuses subscriptions, registrations and publications', () => {
    const router = new ScriptedRouter();
    const { session } = joined(router, { errors });
    const logs = [session.topic('com.t'), session.register('com.p', () => 1), session.publish('com.t', [], { acknowledge: true })].map((source) => heard<unknown>(source).log);

    router.send(8, 32, 1, {}, 'com.sold_out', ['t']);
    router.send(8, 64, 2, {}, 'com.sold_out', ['r']);
    router.send(8, 16, 3, {}, 'com.late', [7]);

    const [[topic], [registration], [publication]] = logs as [[unknown], [unknown], [unknown]];
    expect(topic).toMatchObject({ item: 't', effect: 'none', operation: { verb: 'subscribe', uri: 'com.t' } });
    expect(registration).toMatchObject({ item: 'r', effect: 'none', operation: { verb: 'register', uri: 'com.p' } });
    expect([publication, applicationErrorOf(publication)?.effect]).toEqual([new Late(7), 'none']);
    expect([topic, registration].every((error) => error instanceof SoldOutError)).toBe(true);
  });

  it.each<[string, ErrorMap]>([
    ['a constructor that throws', { 'com.x': class extends ApplicationError { constructor() { super('com.x'); throw new RangeError('broken'); } } }],
    ['a class whose effect cannot be set', { 'com.x': class extends ApplicationError { constructor() { super('com.x'); Object.freeze(this); } } }],
    ['a constructor that makes something else', { 'com.x': class extends ApplicationError { constructor() { super('com.x'); return {} as never; } } }],
    ['read that throws', { 'com.x': mapError({ type: Late, read: () => { throw new RangeError('broken'); }, write: () => [] }) }],
    ['read that gives nothing', { 'com.x': mapError({ type: Late, read: () => null as never, write: () => [] }) }],
  ])('reports %s, gives the ApplicationError, and the session lives on', (_, map) => {
    const { error, reports, isAlive } = refused(map, 'com.x', ['why']);

    expect(Object.getPrototypeOf(error)).toBe(ApplicationError.prototype);
    expect(error).toMatchObject({ uri: 'com.x', args: ['why'], details: { a: 1 } });
    expect([reports.length, reports[0] instanceof Error, isAlive]).toEqual([1, true, true]);
  });

  it('has procedures answer with the URI and the payload of what they throw', () => {
    const item: unknown = new SoldOutError({ args: ['tea'], kwargs: {} });

    expect(thrown(item)).toEqual({ answer: ['com.sold_out', ['tea']], reports: [] });
    expect(thrown(new Late(3))).toEqual({ answer: ['com.late', [3], { unit: 'min' }], reports: [] });
    expect(thrown(new (class extends Late {})(4))).toEqual({ answer: ['com.late', [4], { unit: 'min' }], reports: [] });
  });

  it.each<[string, () => never]>([
    ['throws', () => { throw new RangeError('broken'); }],
    ['gives no payload', () => 5 as never],
  ])('answers with a runtime error, and reports it, where write %s', (_, write) => {
    const { answer, reports } = thrown(new Late(3), { 'com.late': mapError({ type: Late, read: () => new Late(1), write }) });

    expect([answer[0], reports.length]).toEqual(['wamp.error.runtime_error', 1]);
  });

  it('answers with a runtime error where a class is not mapped', () => {
    expect(thrown(new Late(3), {})).toEqual({ answer: ['wamp.error.runtime_error', ['late']], reports: [new Late(3)] });
  });

  it.each<[string, unknown, new () => Error]>([
    ['no object', 7, TypeError],
    ['a class of something else', { 'com.x': Late }, TypeError],
    ['ApplicationError itself', { 'com.x': ApplicationError }, TypeError],
    ['an arrow function', { 'com.x': () => 1 }, TypeError],
    ['half a mapping', { 'com.x': { type: Late, read: () => new Late(1) } }, TypeError],
    ['nothing at a URI', { 'com.x': null }, TypeError],
    ['no URI', { 'com x': SoldOutError }, InvalidUriError as never],
  ])('is refused where it has %s', (_, map, errorClass) => {
    expect(() => joined(new ScriptedRouter(), { errors: map as ErrorMap })).toThrow(errorClass);
    expect(() => clientOf({ url: 'ws://localhost/', realm: 'realm1', errors: map as ErrorMap }, { dial: () => { throw new Error('nothing is dialled'); }, serializers: () => [] })).toThrow(errorClass);
  });

  it('is not read from prototypes, and a URI like a member of one is no mapping', () => {
    const map = Object.create({ 'com.sold_out': SoldOutError }) as ErrorMap;

    expect(refused(map, 'com.sold_out').error).not.toBeInstanceOf(SoldOutError);
    expect(refused(errors, 'constructor').error).toMatchObject({ uri: 'constructor' });
    expect(refused(errors, '__proto__').error).toMatchObject({ uri: '__proto__' });
  });
});

describe('errors of this library', () => {
  it.each([
    ['wamp.error.canceled', CanceledError, 'wamp.error.canceled'],
    ['wamp.error.cancelled', CanceledError, 'wamp.error.canceled'],
    ['wamp.error.not_authorized', NotAuthorizedError, 'wamp.error.not_authorized'],
    ['wamp.error.authorization_denied', NotAuthorizedError, 'wamp.error.authorization_denied'],
    ['wamp.error.no_such_procedure', NoSuchProcedureError, 'wamp.error.no_such_procedure'],
    ['wamp.error.invalid_argument', InvalidArgumentError, 'wamp.error.invalid_argument'],
  ])('make %s an instance of %p', (uri, errorClass, spelled) => {
    const { error } = refused(undefined, uri, ['why']);

    expect(error).toBeInstanceOf(errorClass);
    expect(error).toMatchObject({ name: errorClass.name, uri: spelled, message: `${spelled}: why`, effect: errorClass === CanceledError ? 'unknown' : 'none', operation: { verb: 'call' } });
    expect(isApplicationError(error, spelled)).toBe(true);
  });

  it('make the timeout of a router a TimeoutError, as that of a client is', () => {
    const { error } = refused(undefined, 'wamp.error.timeout', ['3 s']);

    expect(error).toBeInstanceOf(TimeoutError);
    expect(error).toMatchObject({ code: 'timeout', effect: 'unknown', operation: { verb: 'call', request: 1 }, cause: { uri: 'wamp.error.timeout', args: ['3 s'] } });
    expect(applicationErrorOf(error)?.uri).toBe('wamp.error.timeout');
  });

  it('give way to what errors says of the same URI', () => {
    class Gone extends ApplicationError { constructor(payload: Payload) { super('wamp.error.canceled', payload); } }

    expect(refused({ 'wamp.error.canceled': Gone }, 'wamp.error.cancelled').error).toBeInstanceOf(Gone);
    expect(refused({ 'wamp.error.timeout': Gone }, 'wamp.error.timeout').error).toBeInstanceOf(Gone);
  });

  it('are answers of procedures that throw them', () => {
    expect(thrown(new InvalidArgumentError({ args: ['no number'] }))).toEqual({ answer: ['wamp.error.invalid_argument', ['no number']], reports: [] });
    expect(thrown(new NotAuthorizedError())).toEqual({ answer: ['wamp.error.not_authorized'], reports: [] });
    expect(thrown(new TimeoutError('my own')).answer[0]).toBe('wamp.error.runtime_error');
  });

  it('are handed on as they came', () => {
    const { error: timeout } = refused(undefined, 'wamp.error.timeout', ['3 s']);
    const { error: foreign } = refused(errors, 'com.late', [5]);

    expect(thrown(timeout)).toEqual({ answer: ['wamp.error.timeout', ['3 s']], reports: [] });
    expect(thrown(foreign, {})).toEqual({ answer: ['com.late', [5]], reports: [] });
  });
});

describe('a mapped error, from end to end', () => {
  it('is an instance at both ends, over a router', () => {
    tidyMarbles(({ client, at, expectObservable }) => {
      const shop = client({ errors });
      const buyer = client({ errors });
      const offer = shop.register('com.order', () => { throw new Late(2); }).subscribe();
      at(5, () => offer.unsubscribe());

      expectObservable(buyer.call('com.order'), '-^').toBe('-#', undefined, new Late(2));
    });
  });

  it('is retried by retryCall where it had no effect, whatever its class', () => {
    class Nobody extends Error {}
    const nobody = mapError({ type: Nobody, read: () => new Nobody(), write: () => [] });
    tidyMarbles(({ client, answers, at, expectObservable }) => {
      const buyer = client({ errors: { 'wamp.error.no_such_procedure': nobody } });
      at(5, () => { answers('com.order', '-(r|)', { r: 1 }); });

      expectObservable(buyer.call('com.order').pipe(retryCall({ backoff: { initialDelay: 10, jitter: 'none' } }))).toBe('- 10ms (r|)', { r: expect.objectContaining({ args: [1] }) as never });
    });
  });
});
