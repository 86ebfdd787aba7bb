import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { EMPTY, concat, defer, of, throwError, type Observable } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { ApplicationError } from '../../lib/errors.ts';
import { retryCall, type RetryCallOptions } from '../../lib/operators/retry-call.ts';

type End = 'complete' | 'none' | 'unknown' | 'foreign';

/** What one call does: so many values, then an end. */
interface Script {
  readonly values: number;
  readonly end: End;
}

const ends: { readonly [E in Exclude<End, 'complete'>]: Error } = {
  none: new ApplicationError('com.none', {}, { effect: 'none' }),
  unknown: new ApplicationError('com.unknown'),
  foreign: new Error('foreign'),
};

const scripts = fc.array(fc.record<Script>({
  values: fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.integer({ min: 1, max: 3 })),
  end: fc.constantFrom('complete', 'none', 'none', 'unknown', 'foreign'),
}), { minLength: 1, maxLength: 8 });

const settings = fc.record({ attempts: fc.integer({ min: 0, max: 6 }), idempotent: fc.boolean(), resumes: fc.boolean() });

/** What is to come of it, told without Observables. */
function model(calls: readonly Script[], { attempts, idempotent, resumes }: { attempts: number; idempotent: boolean; resumes: boolean }): readonly unknown[] {
  const log: unknown[] = [];
  let emitted = 0;
  for (const [made, { values, end }] of calls.entries()) {
    log.push(emitted === 0 ? 'call' : `resume behind ${emitted}`);
    for (let i = 0; i < values; i++) log.push(++emitted);
    if (end === 'complete') return [...log, 'complete'];
    const safe = (idempotent || end === 'none') && (emitted === 0 || (idempotent && resumes));
    if (!safe || made === attempts) return [...log, ends[end]];
  }
  return [...log, 'complete'];
}

function run(calls: readonly Script[], { attempts, idempotent, resumes }: { attempts: number; idempotent: boolean; resumes: boolean }): readonly unknown[] {
  const log: unknown[] = [];
  const rest = [...calls];
  let emitted = 0;
  const make = (what: string): Observable<number> => defer(() => {
    const script = rest.shift();
    // Out of script: the model has left as well.
    if (script === undefined) return EMPTY;
    log.push(what);
    const values = of(...Array.from({ length: script.values }, () => ++emitted));
    return script.end === 'complete' ? values : concat(values, throwError(() => ends[script.end as Exclude<End, 'complete'>]));
  });
  const times = { attempts, backoff: { initialDelay: 1 } };
  const options: RetryCallOptions<number> = idempotent && resumes ? { ...times, idempotent, resume: (last) => make(`resume behind ${last}`) } : { ...times, idempotent };

  new TestScheduler(() => undefined).run(({ flush }) => {
    make('call').pipe(retryCall(options)).subscribe({ next: (value) => log.push(value), error: (error) => log.push(error), complete: () => log.push('complete') });
    flush();
  });
  return log;
}

describe('retryCall, by model', () => {
  it('never makes a call again that is not safe to make again', () => {
    fc.assert(fc.property(scripts, settings, (calls, setting) => { expect(run(calls, setting)).toEqual(model(calls, setting)); }), { numRuns: 500 });
  });
});
