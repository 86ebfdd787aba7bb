import { describe, expect, it } from '@jest/globals';
import { BehaviorSubject, NEVER, Subject, map, throwError } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { ConnectFailedError } from '../../../lib/errors.ts';
import { refuseWhile } from '../../../lib/testing/faults/refuse-while.ts';
import { dialled, farEnds, heard } from '../../support/dialled.ts';

describe('refuseWhile', () => {
  it('has dials error with ConnectFailedError while it says so', () => {
    new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(({ hot, expectObservable }) => {
      const refused = new BehaviorSubject(false);
      const dial = farEnds().transport.pipe(refuseWhile(refused), map(() => 'c'));
      hot('                       --t--f', { t: true, f: false }).subscribe(refused);
      expectObservable(dial, '    ^').toBe('   c');
      expectObservable(dial, '    ---^').toBe('---#', undefined, expect.any(ConnectFailedError));
      expectObservable(dial, '    ------^').toBe('------c');
    });
  });

  it('refuses dials that are on their way', () => {
    const refused = new Subject<boolean>();
    const dialling = new Subject<never>();
    const failures: unknown[] = [];
    dialling.pipe(refuseWhile(refused)).subscribe({ error: (error: unknown) => failures.push(error) });

    refused.next(true);

    expect(failures).toEqual([expect.any(ConnectFailedError)]);
    expect(dialling.observed).toBe(false);
  });

  it('does not dial where it refuses', () => {
    const { transport, far } = farEnds();

    transport.pipe(refuseWhile(new BehaviorSubject(true))).subscribe({ error: () => {} });

    expect(far).toHaveLength(0);
  });

  it('lets open connections live on', () => {
    const refused = new Subject<boolean>();
    const { near, far } = dialled(refuseWhile(refused));
    const seen = heard(far);

    refused.next(true);
    near.next('a');

    expect(seen).toEqual(['a']);
    expect(refused.observed).toBe(false);
  });

  it('refuses nobody where it has not said anything', () => {
    expect(heard(dialled(refuseWhile(NEVER)).near)).toEqual([]);
  });

  it('fails the dial with the error of the one that says so', () => {
    const why = new Error('why');
    const failures: unknown[] = [];

    farEnds().transport.pipe(refuseWhile(throwError(() => why))).subscribe({ error: (error: unknown) => failures.push(error) });

    expect(failures).toEqual([why]);
  });
});
