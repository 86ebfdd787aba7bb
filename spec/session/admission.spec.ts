import { describe, expect, it } from '@jest/globals';
import { Admission, type AdmissionOptions, type Applicant } from '../../lib/session/admission.ts';

/** Applies under its name, and notes in a log what becomes of it. Ends when it is told to. */
class Named implements Applicant {
  readonly #name: string;
  readonly #stage: Stage;
  readonly #onStart: () => void;

  constructor(name: string, stage: Stage, onStart: () => void) {
    this.#name = name;
    this.#stage = stage;
    this.#onStart = onStart;
  }

  start(): void {
    this.#stage.log.push(`${this.#name} starts`);
    this.#onStart();
  }

  supersede(): void {
    this.#stage.log.push(`${this.#name} superseded`);
    this.end();
  }

  refuse(): void {
    this.#stage.log.push(`${this.#name} refused`);
  }

  end(): void {
    this.#stage.admission.leave(this);
    this.#stage.admission.left(this);
  }
}

class Stage {
  readonly log: string[] = [];
  readonly admission: Admission<Named>;

  constructor(options: Partial<AdmissionOptions>) {
    this.admission = new Admission({ strategy: 'merge', concurrency: Infinity, queue: 0, ...options });
  }

  /** The first letter of its name is the key. */
  admit(name: string, onStart = (): void => {}): Named {
    const named = new Named(name, this, onStart);
    this.admission.admit(named, name[0]);
    return named;
  }
}

const NOBODY = { running: 0, waiting: 0, keys: 0 };

describe('Admission', () => {
  it('merge: starts all there is room for, and refuses the others', () => {
    const stage = new Stage({ concurrency: 2 });

    const [first] = ['a1', 'a2', 'b1'].map((name) => stage.admit(name));
    first?.end();
    stage.admit('b2');

    expect(stage.log).toEqual(['a1 starts', 'a2 starts', 'b1 refused', 'b2 starts']);
  });

  it('merge: starts those that wait in the order they came', () => {
    const stage = new Stage({ concurrency: 1, queue: 2 });

    const [a, b, c] = ['a', 'b', 'c', 'd'].map((name) => stage.admit(name));
    for (const one of [a, b, c]) one?.end();

    expect(stage.log).toEqual(['a starts', 'd refused', 'b starts', 'c starts']);
    expect(stage.admission.sizes).toEqual(NOBODY);
  });

  it('concat: starts one of a key after the other, and keys side by side', () => {
    const stage = new Stage({ strategy: 'concat', queue: 10 });

    const [a1, a2, b1] = ['a1', 'a2', 'b1', 'b2'].map((name) => stage.admit(name));
    b1?.end();
    a1?.end();
    a2?.end();

    expect(stage.log).toEqual(['a1 starts', 'b1 starts', 'b2 starts', 'a2 starts']);
    expect(stage.admission.sizes).toEqual({ running: 1, waiting: 0, keys: 1 });
  });

  it('concat: gives a place that is free to who came first and may start', () => {
    const stage = new Stage({ strategy: 'concat', concurrency: 2, queue: 10 });

    const [, b1] = ['a1', 'b1', 'a2', 'c1', 'b2'].map((name) => stage.admit(name));
    b1?.end();

    expect(stage.log).toEqual(['a1 starts', 'b1 starts', 'c1 starts']);
  });

  it('switch: starts the newer one in the place of the older', () => {
    const stage = new Stage({ strategy: 'switch', concurrency: 2 });

    for (const name of ['a1', 'b1', 'a2', 'c1', 'a3']) stage.admit(name);

    expect(stage.log).toEqual(['a1 starts', 'b1 starts', 'a1 superseded', 'a2 starts', 'c1 refused', 'a2 superseded', 'a3 starts']);
    expect(stage.admission.sizes).toEqual({ running: 2, waiting: 0, keys: 2 });
  });

  it('switch: lets the newer one wait where the older one does', () => {
    const stage = new Stage({ strategy: 'switch', concurrency: 1, queue: 1 });

    const a = stage.admit('a1');
    for (const name of ['b1', 'b2', 'c1']) stage.admit(name);
    a.end();

    expect(stage.log).toEqual(['a1 starts', 'b1 superseded', 'c1 refused', 'b2 starts']);
  });

  it('switch: does not start what was superseded by what the older one did at its end', () => {
    const stage = new Stage({ strategy: 'switch' });
    const older = stage.admit('a1');
    older.supersede = () => { stage.admit('a3'); };

    stage.admit('a2');

    expect(stage.log).toEqual(['a1 starts', 'a2 superseded', 'a3 starts']);
    expect(stage.admission.sizes).toEqual({ running: 1, waiting: 0, keys: 1 });
  });

  it('exhaust: refuses while one of the key runs or waits', () => {
    const stage = new Stage({ strategy: 'exhaust', concurrency: 1, queue: 1 });

    const [a1] = ['a1', 'a2', 'b1', 'b2'].map((name) => stage.admit(name));
    a1?.end();
    stage.admit('b3');

    expect(stage.log).toEqual(['a1 starts', 'a2 refused', 'b2 refused', 'b1 starts', 'b3 refused']);
  });

  it('forgets one that waits and is not wanted any more', () => {
    const stage = new Stage({ strategy: 'concat', queue: 2 });

    const [a1, a2, a3] = ['a1', 'a2', 'a3'].map((name) => stage.admit(name));
    a2?.end();
    a1?.end();
    a3?.end();

    expect(stage.log).toEqual(['a1 starts', 'a3 starts']);
    expect(stage.admission.sizes).toEqual(NOBODY);
  });

  it.each<Partial<AdmissionOptions>>([{ concurrency: 1 }, { strategy: 'exhaust' }, { strategy: 'switch' }, { strategy: 'concat' }])(
    'lets the next wait until the one that leaves has left, and nobody behind it: %j', (options) => {
      const stage = new Stage(options);
      const first = stage.admit('a1');

      stage.admission.leave(first);
      stage.admit('a2');
      if (options.strategy !== 'switch') stage.admit('a3');
      stage.log.push('left');
      stage.admission.left(first);

      expect(stage.log).toEqual(['a1 starts', ...(options.strategy === 'switch' ? [] : ['a3 refused']), 'left', 'a2 starts']);
    });

  it('lets nobody in front of those that wait', () => {
    const stage = new Stage({ concurrency: 1, queue: 1 });
    const a = stage.admit('a');
    stage.admit('b');

    stage.admission.leave(a);
    for (const name of ['c', 'd']) stage.admit(name);
    stage.admission.left(a);

    expect(stage.log).toEqual(['a starts', 'd refused', 'b starts']);
    expect(stage.admission.sizes).toMatchObject({ running: 1, waiting: 1 });
  });

  it('lets nobody in front of those whose turn comes while others move up', () => {
    const stage = new Stage({ strategy: 'concat', queue: 10 });
    const brief = (name: string, meanwhile: () => void): void => {
      const one = stage.admit(name);
      one.start = () => {
        stage.log.push(`${name} starts`);
        stage.admission.leave(one);
        meanwhile();
        stage.admission.left(one);
      };
    };
    const a1 = stage.admit('a1');
    brief('a2', () => {
      const b1 = stage.admit('b1');
      stage.admission.leave(b1);
      stage.admit('b2');
      stage.admission.left(b1);
    });
    stage.admit('a3', () => stage.admit('c1'));

    a1.end();

    expect(stage.log).toEqual(['a1 starts', 'a2 starts', 'b1 starts', 'a3 starts', 'b2 starts', 'c1 starts']);
  });

  it('starts any number that end at once, without one inside the other', () => {
    const stage = new Stage({ strategy: 'concat', queue: 100_000 });
    const first = stage.admit('a');
    for (let i = 0; i < 20_000; i++) {
      const one: Named = stage.admit('a', () => one.end());
    }

    first.end();

    expect([stage.log.length, stage.admission.sizes]).toEqual([20_001, NOBODY]);
  });
});
