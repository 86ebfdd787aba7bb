/** Handles no message before `go()` is called, and shows how many have arrived and how many have been handled, in order. */
import { BehaviorSubject, concatMap, distinctUntilChanged, filter, map, take, tap } from 'rxjs';
import { webSocket } from '../../../lib/transports/websocket.ts';
import { webSocketStream } from '../../../lib/transports/websocket-stream.ts';

const params = new URLSearchParams(location.search);
const gate$ = new BehaviorSubject(false);
const waiting$ = new BehaviorSubject(0);
const holdWhile = waiting$.pipe(map((count) => count > 10), distinctUntilChanged());
let [arrived, handled] = [0, 0];
const show = (): void => {
  document.body.textContent = `${arrived} arrived, ${handled} handled`;
};

const url = params.get('url') ?? '';
const transport = params.get('with') === 'WebSocketStream' ? webSocketStream(url, { holdWhile }) : webSocket(url);
transport.pipe(
  concatMap((connection) => connection),
  tap(() => {
    arrived++;
    waiting$.next(waiting$.value + 1);
    show();
  }),
  concatMap((frame) => gate$.pipe(filter(Boolean), take(1), map(() => frame))),
).subscribe((frame) => {
  if (Number.parseInt(String(frame), 10) === handled) handled++;
  waiting$.next(waiting$.value - 1);
  show();
});
Object.assign(globalThis, { go: () => gate$.next(true) });
