import { of } from 'rxjs';
import { command, type Command } from '../command.ts';
import { SHELLS, completionScript, type Shell } from '../completion-scripts.ts';
import { ExitCode } from '../exit-code.ts';

/** `rxwamp completion`: a script for a shell, of the same table as the help. @param commands all of them; itself it knows */
export function completion(commands: readonly Command[]): Command {
  const self: Command = command({
    name: 'completion',
    summary: 'prints what completes rxwamp in bash, zsh or fish',
    about: 'Prints a script for a shell, so that Tab completes commands, options, and what can stand behind them.',
    words: [{ name: 'shell', about: 'one of', words: SHELLS }],
    options: {},
    examples: [
      { line: 'rxwamp completion bash >> ~/.bashrc', shows: 'from the next shell on' },
      { line: 'rxwamp completion zsh > ~/.zsh/_rxwamp', shows: 'in a folder of $fpath' },
      { line: 'rxwamp completion fish > ~/.config/fish/completions/rxwamp.fish', shows: 'at once' },
    ],
    exits: [],
    run(_given, [shell], io) {
      io.stdout.write(completionScript(shell as Shell, [...commands, self]));
      return of(ExitCode.done);
    },
  });
  return self;
}
