/**
 * A call that goes both ways: the caller sends parts of a text as it has them, and hears how far the procedure is.
 *
 *     npm run sample rpc/two-way
 *
 * Prints:
 *
 *     poem.txt: 5 characters
 *     poem.txt: 11 characters
 *     poem.txt: 15 characters
 *     saved: Roses are red,
 */
import { concat, defer, interval, map, of, switchMap, take, tap } from 'rxjs';
import { createClient, type Invocation } from 'rxwamp';
import { createRouter } from 'rxwamp/router';

const router = createRouter({ realms: { realm1: {} } });
const disk = createClient({ transport: router.link(), realm: 'realm1' });
const writer = createClient({ transport: router.link(), realm: 'realm1' });

// The procedure answers while it is still being asked; `input$` completes with the caller's.
const save = ({ input$ }: Invocation) => {
  let text = '';
  const written$ = input$.pipe(tap(({ args: [part] }) => { text += String(part); }), map(() => text.length));
  return concat(written$, defer(() => of(text)));
};

// Each value is a payload, and goes out as it comes. Unsubscribing from the call would end the input too.
const words = ['Roses', ' are r', 'ed,\n'];
const parts$ = interval(20).pipe(take(words.length), map((n) => [words[n]]));

const saving = disk.register('com.disk.save', save, { final: 'last' }).pipe(
  switchMap(() => writer.call<string, number>('com.disk.save', parts$, { progress: true })),
  map((result) => (result.progress ? `poem.txt: ${result.args[0]} characters` : `saved: ${result.args[0].trim()}`)),
).subscribe((line) => {
  console.log(line);
  if (line.startsWith('saved')) saving.unsubscribe(); // unregisters
});
