/**
 * Events with several values, by position and by name, with their types.
 *
 *     npm run sample pubsub/complex
 *
 * Prints:
 *
 *     hello
 *     3 heads, 42 degrees in Oslo, measured by Anna
 */
import { concat, lastValueFrom } from 'rxjs';
import { createClient } from 'rxwamp';
import { createRouter } from 'rxwamp/router';

interface Reading {
  readonly degrees: number;
  readonly place: { readonly city: string };
  readonly by?: string;
}

const router = createRouter({ realms: { realm1: {} } });
const publisher = createClient({ transport: router.link(), realm: 'realm1' });
const subscriber = createClient({ transport: router.link(), realm: 'realm1' });
await Promise.all([publisher.connect(), subscriber.connect()]);

subscriber.topic<[text: string]>('com.example.greeting').subscribe(({ args: [text] }) => console.log(text));
subscriber.topic<[heads: number], Reading>('com.example.reading').subscribe(({ args: [heads], kwargs: { degrees, place, by = 'nobody' } }) => {
  console.log(`${heads} heads, ${degrees} degrees in ${place.city}, measured by ${by}`);
});

// A list is args; with kwargs it is an object of both.
await lastValueFrom(concat(
  publisher.publish('com.example.greeting', ['hello'], { acknowledge: true }),
  publisher.publish('com.example.reading', { args: [3], kwargs: { degrees: 42, place: { city: 'Oslo' }, by: 'Anna' } }, { acknowledge: true }),
));
await Promise.all([publisher.close(), subscriber.close()]);
