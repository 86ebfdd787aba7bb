import { firstValueFrom } from 'rxjs';
import type { Client } from '../../lib/client/client.ts';
import { createClient } from '../../lib/index.ts';
import { ws } from '../../lib/transports/ws.ts';
import { listening, registered, valueOf, type Listening } from './peers.ts';

/** Some seconds where a machine is fast: ten thousand are less than one there, and what is waited for may take two by itself. */
const MAX_ROUNDS = 100_000;

/**
 * Two clients on sockets of their own who talk to each other without a pause, whatever somebody else does to their router: in each round a call is
 * answered and an event is heard. Any answer that is not the right one fails the round.
 */
export class Bystanders {
  readonly clients: readonly [Client, Client];
  readonly #heard: Listening;
  #rounds = 0;

  private constructor(clients: readonly [Client, Client], heard: Listening) {
    this.clients = clients;
    this.#heard = heard;
  }

  static async join(url: string): Promise<Bystanders> {
    const one = (): Client => createClient({ transport: ws(url), realm: 'realm1', lazy: false });
    const clients = [one(), one()] as const;
    await registered(clients[0], 'com.bystander.echo', ({ args: [value] }) => value);
    return new Bystanders(clients, await listening(clients[1], 'com.bystander.rounds'));
  }

  /** How many rounds there have been. */
  get rounds(): number {
    return this.#rounds;
  }

  /** Talks until `done` resolves and for two rounds more, so that there is always a call under way, and gives how many rounds that took. */
  async talkDuring(done: Promise<unknown>): Promise<number> {
    const before = this.#rounds;
    let isDone = false;
    const over = done.finally(() => { isDone = true; });
    // Whoever fails is heard of below.
    over.catch(() => {});
    while (!isDone && this.#rounds - before < MAX_ROUNDS) await this.round();
    if (!isDone) throw new Error(`nothing came of it within ${MAX_ROUNDS} rounds`);
    await over;
    await this.round();
    await this.round();
    return this.#rounds - before;
  }

  /** One call, and one event. */
  async round(): Promise<void> {
    const round = this.#rounds += 1;
    const [callee, caller] = this.clients;
    const answer = await valueOf(caller.call('com.bystander.echo', [round]));
    if (answer !== round) throw new Error(`call ${round} must be answered with its number, got ${String(answer)}`);
    await firstValueFrom(callee.publish('com.bystander.rounds', [round], { acknowledge: true }));
  }

  /** The numbers of the events that were heard, once the last one is here. */
  heard(): Promise<readonly unknown[]> {
    return this.#heard.until(this.#rounds);
  }

  async leave(): Promise<void> {
    await Promise.all(this.clients.map((client) => client.close()));
  }
}
