/** Web Locks, of pages that a spec closes. */

interface Request {
  readonly holder: string;
  readonly isShared: boolean;
  readonly grant: () => void;
}

interface LockOptions {
  readonly mode?: 'exclusive' | 'shared';
  readonly ifAvailable?: boolean;
  readonly signal?: AbortSignal;
}

/** One origin's locks. Each page has its own view of them: {@link FakeLocks.of}. */
export class FakeLocks {
  readonly #held = new Map<string, Request[]>();
  readonly #waiting = new Map<string, Request[]>();

  /** `navigator.locks` of a page. */
  of(holder: string): { request<T>(name: string, options: LockOptions, granted: (lock: object | null) => T | Promise<T>): Promise<T> } {
    return { request: (name, options, granted) => this.#request(holder, name, options, granted) };
  }

  /** How many are held or waited for. */
  get size(): number {
    return [...this.#held.values(), ...this.#waiting.values()].reduce((sum, requests) => sum + requests.length, 0);
  }

  /** The page is gone, closed or crashed: what it held is free. */
  gone(holder: string): void {
    for (const requests of [...this.#held.values(), ...this.#waiting.values()]) requests.splice(0, Infinity, ...requests.filter((request) => request.holder !== holder));
    for (const name of this.#waiting.keys()) this.#advance(name);
  }

  async #request<T>(holder: string, name: string, { mode = 'exclusive', ifAvailable = false, signal }: LockOptions, granted: (lock: object | null) => T | Promise<T>): Promise<T> {
    const isShared = mode === 'shared';
    if (ifAvailable && !this.#isFree(name, isShared)) return granted(null);
    const request = await new Promise<Request>((resolve, reject) => {
      const asked: Request = { holder, isShared, grant: () => resolve(asked) };
      listOf(this.#waiting, name).push(asked);
      signal?.addEventListener('abort', () => {
        remove(listOf(this.#waiting, name), asked);
        reject(new DOMException('the request was aborted', 'AbortError'));
      });
      this.#advance(name);
    });
    try {
      return await granted({ name, mode });
    } finally {
      remove(listOf(this.#held, name), request);
      this.#advance(name);
    }
  }

  #isFree(name: string, isShared: boolean): boolean {
    const held = listOf(this.#held, name);
    return held.length === 0 || (isShared && held.every((request) => request.isShared));
  }

  #advance(name: string): void {
    const waiting = listOf(this.#waiting, name);
    while (waiting[0] !== undefined && this.#isFree(name, waiting[0].isShared)) {
      const next = waiting.shift()!;
      listOf(this.#held, name).push(next);
      next.grant();
    }
  }
}

function listOf(lists: Map<string, Request[]>, name: string): Request[] {
  const list = lists.get(name) ?? [];
  lists.set(name, list);
  return list;
}

function remove(list: Request[], request: Request): void {
  const at = list.indexOf(request);
  if (at >= 0) list.splice(at, 1);
}
