import { asyncScheduler, type SchedulerLike } from 'rxjs';
import { MessageType, type Hello, type Message, type WampList } from '../protocol/messages.ts';
import { toWire } from '../protocol/wire.ts';
import { checkOneOf } from '../session/checks.ts';
import type { Id } from '../types.ts';
import { alike } from './alike.ts';
import { dialledAgain } from './dialled-again.ts';
import { readRecording, type ReadConnection, type ReadFrame } from './recording.ts';
import { ScriptedAnswer } from './scripted-answer.ts';
import { ScriptedRouter } from './scripted-router.ts';

/** Options of {@link replay}. */
export interface ReplayOptions {
  /** Whether the router waits as long between messages, and before it takes a connection or drops it, as it did, or not at all. @default 'kept' */
  readonly pauses?: 'kept' | 'none' | undefined;
  /** Where the pauses pass. @default asyncScheduler */
  readonly scheduler?: SchedulerLike | undefined;
}

/** The ids of requests in the recording, and in the session that is being played. */
type Ids = Map<Id, Id>;

/**
 * Makes a router of a recording, from a file or wherever: it expects what the client sent then, and sends what it got.
 *
 * What is sent has to be the same as then, in the same order, but for the details of HELLO, what AUTHENTICATE carries, and the ids of
 * requests. Each message that came in comes again, as long after the message before it as then; one that came without being asked for is
 * counted from the last that was sent before it. When the client has sent everything it may say GOODBYE at any time.
 *
 * Connections open as long after they are dialled as then, are refused where they were, and are lost as long after what was last said on them;
 * so a client that waits as it did comes back when it did. Dials behind the last that was recorded succeed at once.
 *
 * ```
 * recorded   dial -- open HELLO WELCOME ------ lost  (wait)  dial - refused  (wait)  dial -- open HELLO
 * replayed   dial -- open HELLO WELCOME ------ lost  (wait)  dial - refused  (wait)  dial -- open HELLO
 * ```
 *
 * A recording of messages alone, as of `client.frames$`, does not know of connections: where HELLO follows without GOODBYE or ABORT, the connection
 * is cut as soon as the last message of its session has been played.
 *
 * Throws SerializationError where the recording cannot be read. Call `verify()` at the end, as with every scripted router.
 *
 * ```ts
 * const router = replay(JSON.parse(readFileSync('add.json', 'utf8')));
 * createClient({ transport: router.transport, realm: 'realm1' }).call('com.add', [2, 3]).subscribe();
 * ```
 */
export function replay(recording: unknown, options: ReplayOptions = {}): ScriptedRouter {
  const { pauses = 'kept', scheduler = asyncScheduler } = options;
  checkOneOf(pauses, ['kept', 'none'], 'pauses');
  const entries = readRecording(recording);
  const last = entries.findLast((entry) => entry.kind === 'frame' && entry.direction === 'out');
  const router = new ScriptedRouter({ handshake: last === undefined ? 'polite' : 'script', scheduler }, dialledAgain(entries, pauses === 'kept', scheduler));
  const knowsConnections = entries.some(({ kind }) => kind !== 'frame');

  // Of one session after the other: an id that comes again is entered again, before anything is said of it.
  const ids: Ids = new Map();
  let answer: ScriptedAnswer | undefined;
  entries.forEach((entry, index) => {
    const before = entries[index - 1];
    const pause = pauses === 'kept' && before !== undefined ? entry.at - before.at : 0;
    if (entry.kind === 'lost') wait(answer, pause)?.cut();
    if (entry.kind !== 'frame') return;
    if (entry.direction === 'in') return bring(answer, entry, pause, ids);
    if (!knowsConnections && entry.message.type === MessageType.HELLO && isLost(before)) answer?.cut();
    answer = router.await(expected(entry.message, ids));
    if (entry === last) answer.perform(() => { router.handshake = 'polite'; });
  });
  return router;
}

// Whether a session that ended with this message was not ended by it.
function isLost(last: ReadFrame | ReadConnection | undefined): boolean {
  return last?.kind === 'frame' && last.message.type !== MessageType.GOODBYE && last.message.type !== MessageType.ABORT;
}

function bring(answer: ScriptedAnswer | undefined, { message }: ReadFrame, pause: number, ids: Ids): void {
  wait(answer, pause)?.perform((exchange) => exchange.deliver(asOfNow(message, ids)));
}

function wait(answer: ScriptedAnswer | undefined, pause: number): ScriptedAnswer | undefined {
  return pause > 0 ? answer?.after(pause) : answer;
}

function expected(message: Message, ids: Ids): ScriptedAnswer {
  return new ScriptedAnswer(message, (actual) => isSame(actual, message, ids)).perform(({ received }) => {
    if (isRequest(message) && isRequest(received)) ids.set(message.request, received.request);
  });
}

function isSame(actual: Message, recorded: Message, ids: Ids): boolean {
  if (actual.type !== recorded.type) return false;
  if (isRequest(actual) && isRequest(recorded)) return alike(listOf({ ...actual, request: recorded.request }), listOf(recorded));
  switch (recorded.type) {
    case MessageType.HELLO: return (actual as Hello).realm === recorded.realm;
    case MessageType.AUTHENTICATE: return true;
    default: return alike(listOf(actual), listOf(asOfNow(recorded, ids)));
  }
}

// Some clients write arguments that are empty, some leave them out.
function listOf(message: Message): WampList {
  if (!('args' in message)) return toWire(message);
  const { args, kwargs } = message;
  const isEmpty = kwargs === undefined || Object.keys(kwargs).length === 0;
  return toWire({ ...message, args: args?.length === 0 ? undefined : args, kwargs: isEmpty ? undefined : kwargs });
}

type Request = Extract<Message, { readonly type: typeof CALL | typeof PUBLISH | typeof SUBSCRIBE | typeof UNSUBSCRIBE | typeof REGISTER | typeof UNREGISTER }>;
const { CALL, PUBLISH, SUBSCRIBE, UNSUBSCRIBE, REGISTER, UNREGISTER } = MessageType;

// The messages that begin a request of the client, with an id that it has not used before. What a callee sends is about ids of the router.
function isRequest(message: Message): message is Request {
  switch (message.type) {
    case CALL: case PUBLISH: case SUBSCRIBE: case UNSUBSCRIBE: case REGISTER: case UNREGISTER: return true;
    default: return false;
  }
}

/** The message with the request's id of today, where it is about a request of the client. */
function asOfNow(message: Message, ids: Ids): Message {
  switch (message.type) {
    case MessageType.RESULT: case MessageType.CANCEL: case MessageType.PUBLISHED: case MessageType.SUBSCRIBED: case MessageType.UNSUBSCRIBED:
    case MessageType.REGISTERED: case MessageType.UNREGISTERED:
      return { ...message, request: ids.get(message.request) ?? message.request };
    case MessageType.ERROR:
      return message.requestType === MessageType.INVOCATION ? message : { ...message, request: ids.get(message.request) ?? message.request };
    default: return message;
  }
}
