/** A codec on its own in a process, so that what one does to the engine's types says nothing about another. */
import { MessageType, type EventMessage, type Message, type Publish } from '../../../lib/protocol/messages.ts';
import { toWire } from '../../../lib/protocol/wire.ts';
import { SERIALIZERS } from '../../../lib/serializers/all.ts';
import { codec } from '../../../lib/serializers/codec.ts';
import type { Frame } from '../../../lib/transports/transport.ts';
import type { Sample } from '../harness/bench.ts';
import { serve } from '../harness/serve.ts';
import { timed } from '../harness/usage.ts';
import { FLOOR } from '../subjects/subject.ts';

/** What this process is asked. */
export type CodecProcess = {
  /** Chooses the floor, which is JSON.parse and JSON.stringify of lists, or a serializer by its WebSocket name. */
  load(subject: string): void;
  encode(count: number, sample: SampleMessage): Promise<Sample>;
  decode(count: number, sample: SampleMessage): Promise<Sample>;
  /** Reads a PUBLISH and writes the EVENT that comes of it, as a router does. */
  relay(count: number, sample: 'publish' | 'largePublish'): Promise<Sample>;
};

/** The messages that are read and written. */
export type SampleMessage = keyof typeof MESSAGES;

const SMALL = { args: ['RXW', 42.5], kwargs: undefined };
const LARGE = {
  args: Array.from({ length: 12 }, (_, i) => ({ symbol: `RXW${i}`, price: 42.5 + i, open: true, note: 'one of twelve' })),
  kwargs: { page: 1 },
};
const EMPTY = {};

const MESSAGES: {
  readonly publish: Publish;
  readonly largePublish: Publish;
  readonly event: Message;
  readonly largeEvent: Message;
  readonly call: Message;
  readonly result: Message;
} = {
  publish: { type: MessageType.PUBLISH, request: 4711, options: EMPTY, topic: 'com.shop.price', ...SMALL },
  largePublish: { type: MessageType.PUBLISH, request: 4711, options: EMPTY, topic: 'com.shop.price', ...LARGE },
  event: { type: MessageType.EVENT, subscription: 4711, publication: 4_711_000_000, details: EMPTY, ...SMALL },
  largeEvent: { type: MessageType.EVENT, subscription: 4711, publication: 4_711_000_000, details: EMPTY, ...LARGE },
  call: { type: MessageType.CALL, request: 4711, options: EMPTY, procedure: 'com.shop.order', ...SMALL },
  result: { type: MessageType.RESULT, request: 4711, details: EMPTY, ...SMALL },
};

/** Both ways of a subject; `Form` is what it makes of a message. */
interface Subject<Form> {
  form(message: Message): Form;
  encode(form: Form): Frame;
  decode(frame: Frame): Form;
  event(publish: Form): Form;
}

const floor: Subject<readonly unknown[]> = {
  form: toWire,
  encode: JSON.stringify,
  decode: (frame) => JSON.parse(frame as string),
  event: (publish) => [MessageType.EVENT, 4711, 4_711_000_000, EMPTY, ...publish.slice(4)],
};

function library(subprotocol: string): Subject<Message> {
  const serializer = SERIALIZERS.find((one) => one.subprotocol === subprotocol);
  if (serializer === undefined) throw new Error(`no serializer ${subprotocol}`);
  const own = codec(serializer, { keepSource: true });
  return {
    form: (message) => message,
    encode: (message) => own.encode(message),
    decode: (frame) => own.decode(frame),
    event: (publish) => {
      const { args, kwargs, source } = publish as Publish;
      const event = { type: MessageType.EVENT, subscription: 4711, publication: 4_711_000_000, details: EMPTY, args, kwargs, source };
      return event satisfies EventMessage;
    },
  };
}

const kept: unknown[] = [];
let subject: Work;
type Work = Omit<CodecProcess, 'load'>;

function work<Form>({ form, encode, decode, event }: Subject<Form>): Work {
  return {
    encode: (count, sample) => {
      const value = form(MESSAGES[sample]);
      return repeat(count, () => encode(value));
    },
    decode: (count, sample) => {
      const frame = encode(form(MESSAGES[sample]));
      return repeat(count, () => decode(frame));
    },
    relay: (count, sample) => {
      const frame = encode(form(MESSAGES[sample]));
      return repeat(count, () => encode(event(decode(frame))));
    },
  };
}

function repeat(count: number, once: () => unknown): Promise<Sample> {
  return timed(count, async () => {
    // Kept, lest the engine finds out that nobody looks at it.
    for (let i = 0; i < count; i++) kept[i & 7] = once();
  });
}

serve<CodecProcess>({
  load: (name) => {
    subject = name === FLOOR ? work(floor) : work(library(name));
  },
  encode: (count, sample) => subject.encode(count, sample),
  decode: (count, sample) => subject.decode(count, sample),
  relay: (count, sample) => subject.relay(count, sample),
});
