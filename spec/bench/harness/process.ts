import { fork } from 'node:child_process';
import { basename } from 'node:path';

const TIMEOUT_MS = 20_000;

/** Asked of every process first; its answer tells that the handlers are there. */
export const READY = 'ready';

/** What a process does for whoever started it. */
export type Handlers = { readonly [name: string]: (...args: never[]) => unknown };

/** A question on its way to a child process, and the answer. */
export interface Question {
  readonly id: number;
  readonly name: string;
  readonly args: readonly unknown[];
}
export interface Answer {
  readonly id: number;
  readonly value?: unknown;
  readonly error?: string | undefined;
}

/** A child process as its parent sees it. */
export interface Process<H extends Handlers> {
  /** Runs a handler there. Errors with what it threw, when the process ends, or after a minute. */
  ask<K extends keyof H & string>(name: K, ...args: Parameters<H[K]>): Promise<Awaited<ReturnType<H[K]>>>;
  /** Ends the process at once. */
  close(): void;
}

/** Starts a compiled module of this folder as a process of its own, one that answers by {@link serve}. */
export async function start<H extends Handlers>(module: URL): Promise<Process<H>> {
  const child = fork(module, { execArgv: ['--expose-gc'], stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  const open = new Map<number, (answer: Answer) => void>();
  let lastId = 0;
  let ended: string | undefined;

  child.on('message', (answer: Answer) => open.get(answer.id)?.(answer));
  child.on('exit', (code, signal) => {
    ended = `process ${basename(module.pathname)} ended with ${signal ?? code}`;
    for (const [id, settle] of open) settle({ id, error: ended });
  });

  function request(name: string, args: readonly unknown[]): Promise<unknown> {
    const id = lastId++;
    return new Promise((resolve, reject) => {
      const settle = ({ value, error }: Answer): void => {
        clearTimeout(timeout);
        open.delete(id);
        if (error === undefined) resolve(value);
        else reject(new Error(error));
      };
      const timeout = setTimeout(() => settle({ id, error: `no answer to ${name} in ${TIMEOUT_MS} ms` }), TIMEOUT_MS);
      open.set(id, settle);
      if (ended !== undefined) settle({ id, error: ended });
      else child.send({ id, name, args } satisfies Question);
    });
  }

  await request(READY, []);
  return {
    ask: (name, ...args) => request(name, args) as Promise<never>,
    close: () => void child.kill('SIGKILL'),
  };
}
