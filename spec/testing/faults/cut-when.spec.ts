import { describe, expect, it } from '@jest/globals';
import { Subject } from 'rxjs';
import { TransportLostError } from '../../../lib/errors.ts';
import { cutWhen } from '../../../lib/testing/faults/cut-when.ts';
import { dialled, farEnds, heard } from '../../support/dialled.ts';

describe('cutWhen', () => {
  it('passes everything at once, the ends too', () => {
    const { near, far } = dialled(cutWhen(new Subject()));
    const seen = { near: heard(near), far: heard(far) };

    near.next('a');
    far.next('x');
    near.complete();

    expect(seen).toEqual({ near: ['x', 'complete'], far: ['a', 'complete'] });
  });

  it('drops each open connection at both ends, the far one first', () => {
    const cuts = new Subject<void>();
    const { transport, far } = farEnds();
    const order: string[] = [];
    const dial = (name: string) => transport.pipe(cutWhen(cuts)).subscribe((near) => {
      near.subscribe({ error: () => order.push(`near ${name}`) });
      far.at(-1)!.subscribe({ error: () => order.push(`far ${name}`) });
    });
    dial('a');
    dial('b');

    cuts.next();

    expect(order).toEqual(['far a', 'near a', 'far b', 'near b']);
  });

  it('drops with TransportLostError, and completes the transport afterwards', () => {
    const cuts = new Subject<void>();
    const { transport } = farEnds();
    const seen: unknown[] = [];
    transport.pipe(cutWhen(cuts)).subscribe({
      next: (near) => near.subscribe({ error: (error: unknown) => seen.push(error) }),
      complete: () => seen.push('complete'),
    });

    cuts.next();

    expect(seen).toEqual([expect.any(TransportLostError), 'complete']);
    expect(cuts.observed).toBe(false);
  });

  it('does not hear what the far end does about it', () => {
    const cuts = new Subject<void>();
    const { near, far } = dialled(cutWhen(cuts));
    const seen = heard(near);
    far.subscribe({ error: () => { far.next('late'); far.complete(); cuts.next(); } });

    cuts.next();
    near.next('late');

    expect(seen).toEqual(['TransportLostError']);
  });

  it('leaves the next dial alone', () => {
    const cuts = new Subject<void>();
    const transport = farEnds().transport.pipe(cutWhen(cuts));
    const seen: unknown[][] = [];
    const dial = () => transport.subscribe((near) => seen.push(heard(near)));

    dial();
    cuts.next();
    dial();

    expect(seen).toEqual([['TransportLostError'], []]);
  });

  it('drops the connection with the error of the notifier as the cause', () => {
    const cuts = new Subject<void>();
    const { near, far } = dialled(cutWhen(cuts));
    const failures: unknown[] = [];
    const seen = heard(far);
    near.subscribe({ error: (error: unknown) => failures.push(error) });
    const cause = new Error('why');

    cuts.error(cause);

    expect(failures).toEqual([expect.objectContaining({ name: 'TransportLostError', cause })]);
    expect(seen).toEqual(['TransportLostError']);
  });

  it.each(['close', 'drop', 'let go of'])('lets go of the notifier at a %s', (how) => {
    const cuts = new Subject<void>();
    const { near, far, line } = dialled(cutWhen(cuts));
    const seen = heard(far);

    if (how === 'close') near.complete();
    else if (how === 'drop') near.error('off');
    else line.unsubscribe();

    expect(cuts.observed).toBe(false);
    expect(seen).toEqual([how === 'close' ? 'complete' : 'TransportLostError']);
  });
});
