import { Observable } from 'rxjs';
import type { Input, Io } from '../io.ts';
import type { View } from '../view/view.ts';

/** Letters of the longest line that is read. */
const LONGEST = 4 * 2 ** 20;

/** The lines of an input, without their ends; the last one also where it has none. Errors with RangeError where one is too long. */
export function linesOf({ text$ }: Pick<Input, 'text$'>): Observable<string> {
  return new Observable((subscriber) => {
    let rest = '';
    return text$.subscribe({
      next: (text) => {
        const lines = text.split('\n');
        lines[0] = rest + lines[0]!;
        rest = lines.pop()!;
        for (const line of lines) subscriber.next(line.endsWith('\r') ? line.slice(0, -1) : line);
        if (rest.length > LONGEST) subscriber.error(new RangeError(`a line of stdin must not be longer than ${LONGEST} letters`));
      },
      error: (error: unknown) => subscriber.error(error),
      complete: () => {
        if (rest !== '') subscriber.next(rest);
        subscriber.complete();
      },
    });
  });
}

/** Tells somebody at a terminal that it is waited for what he types. */
export function sayWhatIsRead({ stdin }: Pick<Io, 'stdin'>, view: Pick<View, 'note'>): void {
  if (stdin.isTTY) view.note('reads lines from this terminal: Ctrl-D ends them');
}

/** The first line of a text, without its end: what a file with a passphrase holds. */
export function firstLineOf(text: string): string {
  return text.split(/\r?\n/, 1)[0]!;
}
