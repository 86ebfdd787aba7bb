/**
 * Answers with more than one value: several by position, by name, or both; a list alone is one value.
 *
 *     npm run sample rpc/complex-results
 *
 * Prints:
 *
 *     one value      args [[1,2]]   kwargs {}
 *     two values     args [1,2]     kwargs {}
 *     by name        args []        kwargs {"real":4,"imaginary":6}
 *     both           args ["sum"]   kwargs {"real":4}
 *     none           args []        kwargs {}
 */
import { concat, lastValueFrom, map, tap } from 'rxjs';
import { createClient, result } from 'rxwamp';
import { createRouter } from 'rxwamp/router';

const router = createRouter({ realms: { realm1: {} } });
const service = createClient({ transport: router.link(), realm: 'realm1' });
const client = createClient({ transport: router.link(), realm: 'realm1' });

service.register('com.example.one', () => [1, 2]).subscribe();
service.register('com.example.two', () => result([1, 2])).subscribe();
service.register('com.example.named', () => result([], { real: 4, imaginary: 6 })).subscribe();
service.register('com.example.both', () => result(['sum'], { real: 4 })).subscribe();
service.register('com.example.none', () => undefined).subscribe();
await service.connect();

const show = (title: string, procedure: string) => client.call(procedure).pipe(
  map(({ args, kwargs }) => `${title.padEnd(15)}args ${JSON.stringify(args).padEnd(10)}kwargs ${JSON.stringify(kwargs)}`),
);

await lastValueFrom(concat(
  show('one value', 'com.example.one'),
  show('two values', 'com.example.two'),
  show('by name', 'com.example.named'),
  show('both', 'com.example.both'),
  show('none', 'com.example.none'),
).pipe(tap((line) => console.log(line))));
await service.close();
