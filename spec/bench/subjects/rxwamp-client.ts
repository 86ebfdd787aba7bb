import { Observable } from 'rxjs';
import { createClient, type Client } from 'rxwamp';
import type { List } from '../../../lib/types.ts';
import { REALM, type Handler, type StreamSource, type SubjectClient } from './subject.ts';

/** Connects the library's client, as a program does that asks for nothing in particular. */
export async function connectRxwamp(url: string): Promise<SubjectClient> {
  const client = createClient({ url, realm: REALM });
  await client.connect();
  return new RxwampClient(client);
}

class RxwampClient implements SubjectClient {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  subscribe(topic: string, onEvent: Handler<void>): void {
    this.#client.topic(topic).subscribe(onEvent);
  }

  publish(topic: string, args: List): void {
    this.#client.publish(topic, args).subscribe();
  }

  call(procedure: string, args: List, onResult: Handler<void>): void {
    this.#client.call(procedure, args).subscribe(onResult);
  }

  stream(procedure: string, args: List, onProgress: Handler<void>, onEnd: () => void): void {
    this.#client.call(procedure, args, { progress: true }).subscribe({ next: onProgress, complete: onEnd });
  }

  register(procedure: string, answer: Handler<unknown>): void {
    this.#client.register(procedure, answer).subscribe();
  }

  registerStream(procedure: string, source: StreamSource): void {
    const answer = (): Observable<unknown> =>
      new Observable((subscriber) =>
        source(
          (value) => subscriber.next(value),
          () => subscriber.complete(),
        ),
      );
    this.#client.register(procedure, answer).subscribe();
  }

  settle(): Promise<void> {
    return new Promise((resolve) => {
      // An answer, an error too, comes after whatever was asked before.
      this.#client.call('bench.nobody').subscribe({ complete: resolve, error: () => resolve() });
    });
  }
}
