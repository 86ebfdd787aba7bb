/**
 * A publisher that is faster than its subscribers. Each of them says what may wait, and what happens to the rest.
 *
 *     npm run sample pubsub/back-pressure
 *
 * Prints:
 *
 *     screen: 1
 *     list: 1
 *     file: 2 is left out
 *     list: 5 is left out
 *     file: 3 is left out
 *     list: 6 is left out
 *     file: 4 is left out
 *     screen: 6
 *     list: 2
 *     list: 3
 *     list: 4
 *     file: 1
 *     file: 5
 *     file: 6
 */
import { delay, filter, of, switchMap, take } from 'rxjs';
import { arg, bufferOverflow, conflate, createClient, processEach, type Dropped } from 'rxwamp';
import { createRouter } from 'rxwamp/router';

const router = createRouter({ realms: { plant: {} } });
const meter = createClient({ transport: router.link(), realm: 'plant' });
const office = createClient({ transport: router.link(), realm: 'plant' });

const levels = office.topic<[level: number]>('com.plant.level').pipe(arg(0), take(6));
const say = (what: string) => (level: number): void => console.log(`${what}: ${level}`);
const tell = (what: string) => ({ value }: Dropped<number>): void => console.log(`${what}: ${value} is left out`);

// A screen wants the newest, once for each turn of the event loop.
levels.pipe(conflate()).subscribe(say('screen'));

// A list takes the first at once, and three of those that come in the same turn.
levels.pipe(bufferOverflow({ limit: 3, overflow: 'dropNewest', report: tell('list') })).subscribe(say('list'));

// A file is slow: what comes while it writes waits, and of that the last two.
const write = (level: number) => of(level).pipe(delay(20));
levels.pipe(processEach(write, { limit: 2, overflow: 'dropOldest', report: tell('file') })).subscribe(say('file'));

const subscribed$ = office.topicStatus('com.plant.level').pipe(filter(({ kind }) => kind === 'subscribed'), take(1));
subscribed$.pipe(switchMap(() => of(1, 2, 3, 4, 5, 6))).subscribe((level) => meter.publish('com.plant.level', [level]).subscribe());
