import { MessageType, type Call, type Cancel, type ErrorMessage, type Result } from '../protocol/messages.ts';
import * as WampUri from '../protocol/wamp-uris.ts';
import type { Id } from '../types.ts';
import type { Line } from './line.ts';
import type { Tab } from './tab.ts';

const { CALL, CANCEL } = MessageType;

/** The calls of all tabs, in one session. */
export class SharedCalls {
  readonly #line: Line;

  constructor(line: Line) {
    this.#line = line;
  }

  call(tab: Tab, message: Call): void {
    const { request } = message;
    const open = tab.calls.get(request);
    if (open !== undefined) return this.#line.send({ ...message, request: open });
    // More for a call that has been answered, which the tab had not heard yet.
    if (request <= tab.lastCall) return;
    tab.lastCall = request;
    this.#line.ask(CALL, (id) => ({ ...message, request: id }), {
      // Entered before it is sent: on a synchronous link the answer comes first.
      opened: (id) => tab.calls.set(request, id),
      withdrawn: () => tab.calls.delete(request),
      answered: (result: Result) => this.#answer(tab, request, result),
      refused: (error: ErrorMessage) => {
        tab.calls.delete(request);
        if (!tab.send({ ...error, request })) tab.refuse(CALL, request, error.error);
      },
    });
  }

  cancel(tab: Tab, message: Cancel): void {
    const open = tab.calls.get(message.request);
    // Unknown: the answer crossed it.
    if (open !== undefined) this.#line.send({ ...message, request: open });
  }

  /** Nobody waits for its answers any more: what runs for it is cancelled. */
  leave(tab: Tab): void {
    const open = [...tab.calls.values()];
    tab.calls.clear();
    for (const request of open) this.#cancel(request);
  }

  #answer(tab: Tab, request: Id, result: Result): void {
    const id = tab.calls.get(request);
    const isFinal = result.details['progress'] !== true;
    if (isFinal) tab.calls.delete(request);
    if (tab.send({ ...result, request })) return;
    tab.calls.delete(request);
    if (!isFinal && id !== undefined) this.#cancel(id);
    tab.refuse(CALL, request, WampUri.payloadSizeExceeded);
  }

  #cancel(request: Id): void {
    this.#line.forget(CALL, request);
    if (this.#line.announces('dealer', 'call_canceling')) this.#line.send({ type: CANCEL, request, options: { mode: 'killnowait' } });
  }
}
