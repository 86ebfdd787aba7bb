import { describe, expect, it } from '@jest/globals';
import { concat, lastValueFrom, map, of, range, take, throwError, timer, toArray } from 'rxjs';
import { ApplicationError } from '../../lib/errors.ts';
import { result } from '../../lib/session/options.ts';
import { failureOf, registered } from '../support/peers.ts';
import { EMBEDDED, embedded } from '../support/worlds.ts';

const bytes = new Uint8Array([1, 2, 255]);

describe.each(EMBEDDED.filter(({ carries }) => carries('credit')))('flow-controlled streams over $name', (world) => {
  const stage = embedded(world);

  it('carry what a generator yields, whole, in order, and as far as there is credit', async () => {
    const [caller, callee] = [stage.client(), stage.client()];
    let [made, taken, most] = [0, 0, 0];
    await registered(callee, 'com.rows', async function* generate() {
      for (let n = 0; n < 500; n++) {
        made += 1;
        most = Math.max(most, made - taken);
        yield result([n], { bytes });
      }
      return 'done';
    });

    const rows = await lastValueFrom(caller.callStream<number>('com.rows', [], { credit: 16, process: () => { taken += 1; return of(0); } }).pipe(toArray()));

    expect(rows.map(({ args: [n] }) => n)).toEqual([...Array.from({ length: 500 }, (_, n) => n), 'done']);
    expect(rows[0]).toMatchObject({ progress: true, kwargs: { bytes }, details: { flow: 'credit' } });
    expect(rows.at(-1)).toMatchObject({ progress: false, kwargs: {}, details: { flow: 'credit' } });
    expect(most).toBeLessThanOrEqual(17);
  });

  it('are read in a loop, and end with it', async () => {
    const [caller, callee] = [stage.client(), stage.client()];
    let ended: (value: unknown) => void = () => {};
    const end = new Promise((resolve) => { ended = resolve; });
    await registered(callee, 'com.rows', async function* generate() {
      try {
        for (let n = 0; ; n++) yield n;
      } finally {
        ended('ended');
      }
    });

    const rows: unknown[] = [];
    for await (const { args: [n] } of caller.callStream('com.rows', [], { credit: 4 })) {
      rows.push(n);
      if (rows.length === 10) break;
    }

    expect([rows, await end]).toEqual([[0, 1, 2, 3, 4, 5, 6, 7, 8, 9], 'ended']);
  });

  it('let an Observable wait within its bound', async () => {
    const [caller, callee] = [stage.client(), stage.client()];
    await registered(callee, 'com.rows', () => range(0, 50));

    const rows = await lastValueFrom(caller.callStream('com.rows', [], { credit: 2, process: () => timer(0) }).pipe(map(({ args: [n] }) => n), toArray()));

    expect(rows).toEqual(Array.from({ length: 50 }, (_, n) => n));
  });

  it('end with an error of the procedure, or where it is too fast for its bound', async () => {
    const [caller, callee] = [stage.client(), stage.client()];
    await registered(callee, 'com.broken', () => concat(of(1), throwError(() => new ApplicationError('com.no'))));
    await registered(callee, 'com.flood', () => range(0, 100), { output: { limit: 10 } });
    const failures = ['com.broken', 'com.flood'].map((uri) => failureOf(lastValueFrom(caller.callStream(uri, [], { credit: 4, process: () => timer(1) }))));

    expect(await Promise.all(failures)).toMatchObject([{ uri: 'com.no' }, { uri: 'rxwamp.error.overflow' }]);
  });

  it('are cancelled by whoever has enough', async () => {
    const [caller, callee] = [stage.client(), stage.client()];
    let tell: (cause: unknown) => void = () => {};
    const cancelled = new Promise((resolve) => { tell = resolve; });
    await registered(callee, 'com.rows', async function* generate({ signal }) {
      signal.addEventListener('abort', () => tell(signal.reason));
      for (let n = 0; ; n++) yield n;
    });

    await lastValueFrom(caller.callStream('com.rows', [], { credit: 8 }).pipe(take(20)));

    expect(await cancelled).toBe('killnowait');
  });
});
