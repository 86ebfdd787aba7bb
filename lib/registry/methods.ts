/** Methods of the application's objects as procedures and subscribers: they take arguments, and know nothing of invocations and events. */
import type { ProcessEachOptions } from '../operators/process-each.ts';
import type { AnyProcedure, Invocation, RegisterOptions, TopicEvent, TopicOptions } from '../session/options.ts';
import type { List } from '../types.ts';

/** Options of a procedure that is a method. */
export interface ProcedureMethodOptions extends RegisterOptions {
  /** Hand the {@link Invocation} over, behind the arguments: as the last parameter, which no caller can put anything in. @default false */
  readonly invocation?: boolean | undefined;
  /**
   * The method is a generator: what it yields are progressive results, and what it returns is the result. Async generators are so by
   * themselves; of others the generator would be the result.
   *
   * @default false
   */
  readonly progress?: boolean | undefined;
}

/**
 * Options of a subscriber: those of the topic, and of what is done about events that come while one is being handled. A handler that answers at once never
 * has one wait.
 */
export interface SubscriberOptions extends TopicOptions, ProcessEachOptions<TopicEvent> {}

/** Options of a subscriber that is a method. */
export interface SubscriberMethodOptions extends SubscriberOptions {
  /** Hand the {@link TopicEvent} over, behind the arguments: as the last parameter. @default false */
  readonly event?: boolean | undefined;
}

/** Handles an event. What it gives is waited for, where it is a promise, an Observable or an AsyncIterable. */
export type EventHandler<E = TopicEvent> = (event: E) => unknown;

/** A method as a procedure. */
export function procedureOf(object: object, method: Function, { invocation = false, progress = false }: ProcedureMethodOptions): AnyProcedure {
  return (call: Invocation) => {
    const answer: unknown = Reflect.apply(method, object, parametersOf(method, call.args, invocation ? call : undefined));
    return progress && isIterator(answer) ? inSteps(answer) : answer;
  };
}

/** A method as what handles an event. */
export function handlerOf(object: object, method: Function, { event = false }: SubscriberMethodOptions): EventHandler {
  return (received) => Reflect.apply(method, object, parametersOf(method, received.args, event ? received : undefined)) as unknown;
}

/** The arguments, cut or padded to what the method declares, so that nobody fills parameters that are not meant for him. */
function parametersOf(method: Function, args: List, last: object | undefined): unknown[] {
  const count = Math.max(0, last === undefined ? method.length : method.length - 1);
  const parameters: unknown[] = Array.from({ length: count }, (_, at) => args[at]);
  return last === undefined ? parameters : [...parameters, last];
}

function isIterator(value: unknown): value is Iterator<unknown> & Iterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.iterator in value && 'next' in value;
}

async function* inSteps(values: Iterable<unknown>): AsyncGenerator<unknown, unknown, void> {
  return yield* values;
}
