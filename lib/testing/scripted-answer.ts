import type { Message } from '../protocol/messages.ts';
import { assertRange } from '../transports/assert-range.ts';
import type { Dict, Uri } from '../types.ts';
import { matchesMessage, type MessagePattern } from './builders.ts';

/** One message that came as expected, and the ways to do something about it. Nothing of it works once its connection is gone. */
export interface Exchange {
  readonly received: Message;
  /** Sends a message, filled in. */
  send(message: MessagePattern): void;
  /** Sends a message as it stands. */
  deliver(message: Message): void;
  abort(reason: Uri, details: Dict): void;
  cut(): void;
  /** Goes on later, where the connection is still there. */
  later(ms: number, goOn: () => void): void;
}

type Step = number | ((exchange: Exchange) => void);

/**
 * What a scripted router does about one expected message: the steps in the order they are written. What is added after the message came is
 * done at once, or behind what is still waited for.
 *
 * ```ts
 * const router = scriptedRouter();
 * router.expect(CALL('com.import')).reply(RESULT([1], { details: { progress: true } })).after(50).reply(RESULT([]));
 * ```
 *
 * ```
 * client   C--------     C CALL
 * router   p----r---     p the progressive result, r the last, 50 ms later
 * ```
 */
export class ScriptedAnswer {
  /** What is expected. */
  readonly pattern: MessagePattern;
  /** @internal Tells whether a message is the one. */
  readonly matches: (message: Message) => boolean;
  readonly #steps: Step[] = [];
  #exchange: Exchange | undefined;
  #waiting = false;

  /** @internal */
  constructor(pattern: MessagePattern, matches: (message: Message) => boolean = (message) => matchesMessage(message, pattern)) {
    this.pattern = pattern;
    this.matches = matches;
  }

  /**
   * Answers with these messages, one after the other. What they leave out is filled in: `request` is that of the request, `requestType` of
   * ERROR its type; SUBSCRIBED, REGISTERED, PUBLISHED and INVOCATION get new ids, and EVENT and INTERRUPT those that were given out last.
   */
  reply(...messages: readonly MessagePattern[]): this {
    for (const message of messages) this.perform((exchange) => exchange.send(message));
    return this;
  }

  /** Waits so many milliseconds, on the router's scheduler, before the next step. Throws RangeError where no timer can. */
  after(ms: number): this {
    assertRange({ ms });
    return this.#add(ms);
  }

  /** Answers nothing. It changes nothing, and says to the reader of a test that no answer is meant. */
  silence(): this {
    return this;
  }

  /** Ends the session with ABORT, and closes the connection. */
  abort(reason: Uri, details: Dict = {}): this {
    return this.perform((exchange) => exchange.abort(reason, details));
  }

  /** Drops the connection. */
  cut(): this {
    return this.perform((exchange) => exchange.cut());
  }

  /** @internal Adds a step of any kind. */
  perform(step: (exchange: Exchange) => void): this {
    return this.#add(step);
  }

  /** @internal The message came. */
  meet(exchange: Exchange): void {
    this.#exchange = exchange;
    this.#proceed();
  }

  #add(step: Step): this {
    this.#steps.push(step);
    this.#proceed();
    return this;
  }

  #proceed(): void {
    while (this.#exchange !== undefined && !this.#waiting && this.#steps.length > 0) {
      const step = this.#steps.shift();
      if (typeof step === 'number') this.#wait(this.#exchange, step);
      else step?.(this.#exchange);
    }
  }

  #wait(exchange: Exchange, ms: number): void {
    this.#waiting = true;
    exchange.later(ms, () => {
      this.#waiting = false;
      this.#proceed();
    });
  }
}
