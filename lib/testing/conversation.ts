import type { Message } from '../protocol/messages.ts';
import { showMessage } from './show-message.ts';

/** How many messages are remembered. */
const REMEMBERED = 10;

/** The last ten messages between a client and a router, for failures. Holds messages as they are, and shows them when it is asked to. */
export class Conversation {
  readonly #lines: { readonly from: 'client' | 'router'; readonly what: Message | string }[] = [];
  #length = 0;

  /** Adds a message, or words for what is none. */
  add(from: 'client' | 'router', what: Message | string): void {
    this.#length += 1;
    this.#lines.push({ from, what });
    if (this.#lines.length > REMEMBERED) this.#lines.shift();
  }

  /** One line for each message, in the order they were sent. */
  toString(): string {
    if (this.#length === 0) return 'nothing was said before';
    const lines = this.#lines.map(({ from, what }) => `\n  ${from}  ${typeof what === 'string' ? what : showMessage(what)}`);
    return `conversation${this.#length > REMEMBERED ? `, the last ${REMEMBERED} of ${this.#length} messages` : ''}:${lines.join('')}`;
  }
}
