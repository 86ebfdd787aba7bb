/**
 * Who gets an event, and who is told who published it.
 *
 *     npm run sample pubsub/options
 *
 * Prints:
 *
 *     anna hears: to everybody but me
 *     bert hears: to everybody but me
 *     carl hears: to everybody and me
 *     anna hears: to everybody and me
 *     bert hears: to everybody and me
 *     anna hears: to anna alone
 *     bert hears: to all but anna
 *     anna hears: signed, by carl
 *     bert hears: signed, by carl
 */
import { concat, lastValueFrom } from 'rxjs';
import { createClient, type Client } from 'rxwamp';
import { createRouter } from 'rxwamp/router';

const NEWS = 'com.example.news';
const router = createRouter({ realms: { realm1: {} } });
const client = (): Client => createClient({ transport: router.link(), realm: 'realm1' });
const [carl, anna, bert] = [client(), client(), client()];
await Promise.all([carl.connect(), anna.connect(), bert.connect()]);

for (const [name, who] of [['carl', carl], ['anna', anna], ['bert', bert]] as const) {
  who.topic<[text: string]>(NEWS).subscribe(({ args: [text], details }) => {
    console.log(`${name} hears: ${text}${details['publisher'] === id(carl) ? ', by carl' : ''}`);
  });
}

await lastValueFrom(concat(
  carl.publish(NEWS, ['to everybody but me'], { acknowledge: true }),
  carl.publish(NEWS, ['to everybody and me'], { acknowledge: true, excludeMe: false }),
  carl.publish(NEWS, ['to anna alone'], { acknowledge: true, eligible: [id(anna)] }),
  carl.publish(NEWS, ['to all but anna'], { acknowledge: true, exclude: [id(anna)] }),
  carl.publish(NEWS, ['signed'], { acknowledge: true, discloseMe: true }),
));
await Promise.all([carl.close(), anna.close(), bert.close()]);

function id({ state }: Client): number {
  return state.kind === 'joined' ? state.details.id : 0;
}
