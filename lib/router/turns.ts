/**
 * Lets one task run at a time: on a synchronous link, sending an EVENT may bring the next PUBLISH before the EVENT has reached its other
 * receivers. A task that comes while one runs waits until that is done, so none runs inside another. Tasks must not throw.
 */
export class Turns {
  #waiting: (() => void)[] = [];
  #isRunning = false;

  /** How many tasks wait. @internal */
  get size(): number {
    return this.#waiting.length;
  }

  /** Runs a task now, or behind those that run and wait. */
  run(task: () => void): void {
    if (!this.begin()) return this.later(task);
    task();
    this.end();
  }

  /** Begins a turn that the caller is to end, where none is running; tells whether it did. */
  begin(): boolean {
    if (this.#isRunning) return false;
    this.#isRunning = true;
    return true;
  }

  /** Has a task run behind those that run and wait. */
  later(task: () => void): void {
    this.#waiting.push(task);
  }

  /** Ends a turn that was begun, behind all that came up in the meantime. */
  end(): void {
    for (let next = 0; next < this.#waiting.length; next++) this.#waiting[next]!();
    if (this.#waiting.length > 0) this.#waiting = [];
    this.#isRunning = false;
  }
}
