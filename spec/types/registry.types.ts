/** What the compiler has to say about decorators and registries. Nothing of this runs. */
import { ApplicationError, mapError, type Invocation, type Payload, type TopicEvent } from '../../lib/index.ts';
import { Registry, procedure, subscriber, wampError } from '../../lib/registry/index.ts';

class OverflowError extends ApplicationError<[limit: number]> {
  constructor({ args }: Payload<[limit: number]>) { super('com.calc.overflow', { args }); }
}

class Plain extends Error {}

export class Calculator {
  @wampError('com.calc.overflow') static readonly Overflow: typeof OverflowError = OverflowError;
  @procedure('add') add(a: number, b: number): number { return a + b; }
  @procedure('whoami', { invocation: true, concurrency: 4 }) whoami({ caller }: Invocation): unknown { return caller; }
  @procedure('count', { progress: true }) * count(to: number): Generator<number> { yield to; }
  @procedure('later') async later(name: string): Promise<string> { return name; }
  @procedure('shared') static shared(): number { return 1; }
  @subscriber('reset', { event: true, limit: 10, match: 'prefix' }) reset(event: TopicEvent): void { void event; }
}

export class Bad {
  // @ts-expect-error: a field is no method
  @procedure('x') x = 3;
  // @ts-expect-error: a getter is no method
  @subscriber('y') get y(): number { return 1; }
  // @ts-expect-error: nobody can call what is private
  @procedure('z') #z(): number { return 1; }
  // @ts-expect-error: an error belongs to a class
  @wampError('com.e') Own: typeof OverflowError = OverflowError;
  // @ts-expect-error: a number is no error
  @wampError('com.e') static readonly Number: number = 3;
  // @ts-expect-error: an error that is none of ours takes mapError
  @wampError('com.e') static readonly Plain: typeof Plain = Plain;
  // @ts-expect-error: there is no such option
  @procedure('o', { concurency: 4 }) o(): void {}

  peek(): unknown { return this.#z; }
}

new Registry({ prefix: 'com.calc', procedures: { concurrency: 8 }, topics: { match: 'exact', overflow: 'dropOldest' } })
  .procedure('sub', ({ args: [a, b] }: Invocation<[a: number, b: number]>) => a - b)
  .procedure<[a: number]>('neg', ({ args: [a] }) => -a)
  .subscriber('tick', ({ args: [at] }: TopicEvent<[at: number]>) => at.toFixed())
  .error('com.calc.overflow', OverflowError)
  .error('com.calc.plain', mapError({ type: Plain, read: () => new Plain(), write: () => [] }))
  .include(new Registry(), 'sub')
  .includeObject(new Calculator());
// @ts-expect-error: a registry is none
new Registry().include({});
// @ts-expect-error: there is no such option
new Registry({ topics: { concurrncy: 2 } });
