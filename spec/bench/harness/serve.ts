import { READY, type Answer, type Handlers, type Question } from './process.ts';

/** Answers the parent's questions with these handlers, for as long as the parent lives. */
export function serve<H extends Handlers>(handlers: H): void {
  process.on('message', ({ id, name, args }: Question) => {
    const reply = (answer: Omit<Answer, 'id'>): void => {
      if (process.connected) process.send?.({ id, ...answer });
    };
    run(handlers, name, args).then(
      (value) => reply({ value }),
      (error: unknown) => reply({ error: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
    );
  });
  process.on('disconnect', () => process.exit());
}

async function run(handlers: Handlers, name: string, args: readonly unknown[]): Promise<unknown> {
  if (name === READY) return;
  const handler = handlers[name];
  if (handler === undefined) throw new Error(`no handler ${name}`);
  return handler(...(args as never[]));
}
