/**
 * What an application offers as one thing: a registry, filled by decorators and by functions, and served in each session.
 *
 *     npm run sample registry/decorated-service
 *
 * Prints:
 *
 *     serving com.calc.add, com.calc.count, com.calc.stats.calls
 *     2 + 3 = 5
 *     1, 2, 3, done
 *     more than 100 is too much
 *     calls so far: 3
 *     procedure com.calc.add must be registered once, got it twice: by Calculator.add, and by Calculator.add
 */
import { ApplicationError, createClient, type Payload } from 'rxwamp';
import { Registry, RegistryError, procedure, subscriber, wampError } from 'rxwamp/registry';
import { createRouter } from 'rxwamp/router';
import { catchError, firstValueFrom, lastValueFrom, map, of, toArray } from 'rxjs';

class OverflowError extends ApplicationError<[limit: number]> {
  constructor({ args }: Payload<[limit: number]>) { super('com.calc.overflow', { args }); }
}

class Calculator {
  @wampError('com.calc.overflow') static readonly Overflow: typeof OverflowError = OverflowError;
  calls = 0;

  @procedure('add') add(a: number, b: number): number {
    this.calls += 1;
    if (a + b > 100) throw new Calculator.Overflow({ args: [100], kwargs: {} });
    return a + b;
  }

  @procedure('count', { progress: true }) * count(to: number): Generator<number, string> {
    this.calls += 1;
    for (let at = 1; at <= to; at += 1) yield at;
    return 'done';
  }

  @subscriber('reset') reset(): void { this.calls = 0; }
}

const router = createRouter({ realms: { realm1: {} } });
const service = createClient({ transport: router.link(), realm: 'realm1' });
const user = createClient({ transport: router.link(), realm: 'realm1', errors: { 'com.calc.overflow': OverflowError } });

// what is decorated in an object, and what else belongs to it, under one prefix
const calculator = new Calculator();
const statistics = new Registry().procedure('calls', () => calculator.calls);
const registry = new Registry({ prefix: 'com.calc', procedures: { concurrency: 8 } }).includeObject(calculator).include(statistics, 'stats');
const serving = service.serve(registry).subscribe((registrations) => console.log(`serving ${registrations.map(({ uri }) => uri).join(', ')}`));
await service.connect();
await user.connect();

const add = (a: number, b: number) => user.call<number>('com.calc.add', [a, b]).pipe(map(({ args: [sum] }) => `${a} + ${b} = ${sum}`));
console.log(await firstValueFrom(add(2, 3)));
const counted = user.call('com.calc.count', [3], { progress: true }).pipe(map(({ args: [value] }) => value), toArray());
console.log((await lastValueFrom(counted)).join(', '));
console.log(await firstValueFrom(add(99, 2).pipe(catchError((error: unknown) => of(error instanceof OverflowError ? `more than ${error.args[0]} is too much` : error)))));
console.log(`calls so far: ${(await firstValueFrom(user.call<number>('com.calc.stats.calls'))).args[0]}`);

try {
  registry.includeObject(new Calculator());
} catch (error) {
  if (error instanceof RegistryError) console.log(error.message);
}
serving.unsubscribe();
await Promise.all([service.close(), user.close()]);
await router.close();
