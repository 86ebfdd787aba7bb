import { describe, expect, it } from '@jest/globals';
import { BehaviorSubject, NEVER, Subject, concat, of, throwError } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { latency } from '../../../lib/testing/faults/latency.ts';
import { stallWhile } from '../../../lib/testing/faults/stall-while.ts';
import type { Connection } from '../../../lib/transports/transport.ts';
import { dialled, farEnds, heard } from '../../support/dialled.ts';

const MIB = 1024 * 1024;

describe('stallWhile', () => {
  it('lets nothing pass while it says so, and then all that waited, in order', () => {
    new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(({ hot, expectObservable }) => {
      const stalled = new BehaviorSubject(false);
      const { near, far } = dialled(stallWhile(stalled));
      hot('                        --t---f', { t: true, f: false }).subscribe(stalled);
      hot('                        -a-b-c----d').subscribe((frame) => near.next(frame));
      hot('                        ----x-----y').subscribe((frame) => far.next(frame));
      expectObservable(far).toBe(' -a----(bc)d');
      expectObservable(near).toBe('------x---y');
    });
  });

  it('passes everything at once while it does not', () => {
    const { near, far } = dialled(stallWhile(NEVER));
    const seen = { near: heard(near), far: heard(far) };

    near.next('a');
    far.next('x');
    far.complete();

    expect(seen).toEqual({ near: ['x', 'complete'], far: ['a', 'complete'] });
  });

  it('keeps the ends back, behind the frames', () => {
    const stalled = new BehaviorSubject(false);
    const { near, far } = dialled(stallWhile(stalled));
    const seen = { near: heard(near), far: heard(far) };

    stalled.next(true);
    near.next('a');
    near.complete();
    expect(seen).toEqual({ near: [], far: [] });
    stalled.next(false);

    expect(seen).toEqual({ near: ['complete'], far: ['a', 'complete'] });
    expect(stalled.observed).toBe(false);
  });

  it.each(['dropped', 'let go of'])('tells only who gave it up when it is %s, and the far end when it is over', (how) => {
    const stalled = new BehaviorSubject(false);
    const { near, far, line } = dialled(stallWhile(stalled));
    const seen = { near: heard(near), far: heard(far) };

    stalled.next(true);
    near.next('lost');
    if (how === 'dropped') near.error('tired of waiting');
    else line.unsubscribe();
    // Nobody reads it any more, and it must not pile up.
    for (let sent = 0; sent < 3; sent++) far.next('x'.repeat(MIB));
    expect(seen).toEqual({ near: ['TransportLostError'], far: [] });
    stalled.next(false);

    expect(seen).toEqual({ near: ['TransportLostError'], far: ['TransportLostError'] });
    expect(stalled.observed).toBe(false);
  });

  it('has dials hang', () => {
    const stalled = new BehaviorSubject(true);
    const { transport, far } = farEnds();
    const connections: Connection[] = [];

    transport.pipe(stallWhile(stalled)).subscribe((connection) => connections.push(connection));
    expect(far).toHaveLength(0);
    stalled.next(false);

    expect(connections).toHaveLength(1);
  });

  it('goes by the last of what it says on subscribe', () => {
    const { transport, far } = farEnds();

    transport.pipe(stallWhile(concat(of(false, true), NEVER))).subscribe();

    expect(far).toHaveLength(0);
  });

  it('keeps back how a dial ends that was on its way', () => {
    const stalled = new BehaviorSubject(false);
    const dialling = new Subject<Connection>();
    const seen: string[] = [];
    const dial = () => dialling.pipe(stallWhile(stalled)).subscribe({ next: () => seen.push('open'), error: () => seen.push('failed') });
    dial();
    stalled.next(true);
    dialling.next(dialled().near);
    dialling.error('late');
    expect(seen).toEqual([]);

    stalled.next(false);

    expect(seen).toEqual(['open', 'failed']);
  });

  it('can stall again in the midst of what waited', () => {
    const stalled = new BehaviorSubject(false);
    const { near, far } = dialled(stallWhile(stalled));
    const seen = heard(near);
    far.subscribe((frame) => {
      if (frame === 'a') stalled.next(true);
    });
    stalled.next(true);
    near.next('a');
    far.next('x');

    stalled.next(false);
    near.next('b');

    expect(seen).toEqual([]);
    expect(near.bufferedAmount).toBe(1);
  });

  it('tells what waits to be sent, and whether that is too much', () => {
    const stalled = new BehaviorSubject(false);
    const { near } = dialled(stallWhile(stalled));
    const writable: boolean[] = [];
    near.writable$.subscribe((value) => writable.push(value));

    stalled.next(true);
    near.next('é'.repeat(40_000));
    expect(near.bufferedAmount).toBe(80_000);
    stalled.next(false);

    expect(writable).toEqual([true, false, true]);
    expect(near.bufferedAmount).toBe(0);
  });

  it.each(['out', 'in'])('drops the connection where more than 32 MiB wait on the way %s', (way) => {
    const stalled = new BehaviorSubject(false);
    const { near, far } = dialled(stallWhile(stalled));
    const seen = { near: heard(near), far: heard(far) };
    stalled.next(true);

    const sender = way === 'out' ? near : far;
    for (let sent = 0; sent < 5; sent++) sender.next(new Uint8Array(8 * MIB));
    expect(seen).toEqual({ near: ['TransportLostError'], far: [] });
    stalled.next(false);

    expect(seen.far).toEqual(['TransportLostError']);
  });

  it('holds what comes out of a latency, and keeps its order', () => {
    new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(({ hot, expectObservable }) => {
      const stalled = new BehaviorSubject(false);
      const { near, far } = dialled(stallWhile(stalled), latency(2));
      hot('                       -t---f', { t: true, f: false }).subscribe(stalled);
      hot('                       abc-------d').subscribe((frame) => near.next(frame));
      expectObservable(far).toBe('-----(abc)--d');
    });
  });

  it('drops open connections and fails dials with the error of the one that says so', () => {
    const stalled = new Subject<boolean>();
    const { transport, far } = farEnds();
    const seen: unknown[] = [];
    const why = new Error('why');
    const failures: unknown[] = [];

    transport.pipe(stallWhile(stalled)).subscribe({ next: (near) => near.subscribe({ error: ({ cause }) => seen.push(cause) }), complete: () => seen.push('complete') });
    stalled.next(true);
    stalled.error(why);
    farEnds().transport.pipe(stallWhile(throwError(() => why))).subscribe({ error: (error: unknown) => failures.push(error) });

    expect(seen).toEqual([why, 'complete']);
    expect(heard(far[0]!)).toEqual(['TransportLostError']);
    expect(failures).toEqual([why]);
  });
});
