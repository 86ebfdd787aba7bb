import type { Command } from './command.ts';
import { HELP, type Option } from './input/options.ts';

/** The shells that `rxwamp completion` writes for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof SHELLS)[number];

/** Writes the script that completes these commands in a shell: their names, options, and what can stand behind these. */
export function completionScript(shell: Shell, commands: readonly Command[]): string {
  return SCRIPTS[shell](commands);
}

const SCRIPTS: { readonly [shell in Shell]: (commands: readonly Command[]) => string } = { bash, zsh, fish };

function optionsOf({ options }: Command): readonly (readonly [name: string, option: Option])[] {
  return [...Object.entries(options), ['help', HELP]];
}

function bash(commands: readonly Command[]): string {
  const values = commands.flatMap((command) => optionsOf(command).flatMap(([name, option]) => {
    if (option.type === 'flag') return [];
    const reply = option.type === 'word' ? `$(compgen -W "${option.words.join(' ')}" -- "$word")` : option.type === 'file' ? '$(compgen -f -- "$word")' : '';
    return [`    "${command.name} --${name}") COMPREPLY=(${reply}); return ;;`];
  }));
  const words = commands.flatMap((command) => command.words.slice(0, 1).flatMap(({ words: closed, isFile }) => {
    if (closed === undefined && isFile !== true) return [];
    return [`      ${command.name}) COMPREPLY=(${closed === undefined ? '$(compgen -f -- "$word")' : `$(compgen -W "${closed.join(' ')}" -- "$word")`}) ;;`];
  }));
  return `# bash completion of rxwamp: rxwamp completion bash >> ~/.bashrc
_rxwamp() {
  local word="\${COMP_WORDS[COMP_CWORD]}" before="\${COMP_WORDS[COMP_CWORD-1]}" command="\${COMP_WORDS[1]}"
  COMPREPLY=()
  if [[ $COMP_CWORD -eq 1 || ( $COMP_CWORD -eq 2 && $command == help ) ]]; then
    COMPREPLY=($(compgen -W "${[...commands.map(({ name }) => name), 'help', '--help', '--version'].join(' ')}" -- "$word"))
    return
  fi
  case "$command $before" in
${values.join('\n')}
  esac
  if [[ $word == -* ]]; then
    case "$command" in
${commands.map((command) => `      ${command.name}) COMPREPLY=($(compgen -W "${optionsOf(command).map(([name]) => `--${name}`).join(' ')}" -- "$word")) ;;`).join('\n')}
    esac
  else
    case "$command" in
${words.join('\n')}
    esac
  fi
}
complete -o filenames -F _rxwamp rxwamp
`;
}

function zsh(commands: readonly Command[]): string {
  const argument = (name: string, option: Option): string => {
    const about = `[${option.about.replaceAll(/[[\]:\\']/g, ' ')}]`;
    if (option.type === 'flag') return `'${option.short === undefined ? '' : `(-${option.short} --${name})`}--${name}${about}'`;
    const repeats = option.type === 'texts' ? '*' : '';
    if (option.type === 'word') return `'--${name}=${about}:word:(${option.words.join(' ')})'`;
    return `'${repeats}--${name}=${about}:${option.value.replaceAll(/[:']/g, ' ')}:${option.type === 'file' ? '_files' : ''}'`;
  };
  const word = ({ words }: Command): readonly string[] => words.slice(0, 1).map(({ name, words: closed, isFile }) => `'1:${name}:${closed !== undefined ? `(${closed.join(' ')})` : isFile === true ? '_files' : ''}'`);
  return `#compdef rxwamp
# zsh completion of rxwamp: rxwamp completion zsh > ~/.zsh/_rxwamp, in a folder of $fpath
_rxwamp() {
  if (( CURRENT == 2 )); then
    local -a commands=(
${[...commands.map(({ name, summary }) => `      '${name}:${summary.replaceAll("'", '')}'`), "      'help:explains a command'"].join('\n')}
    )
    _describe command commands
    return
  fi
  local command=$words[2]
  shift words
  (( CURRENT-- ))
  case $command in
${commands.map((command) => `    ${command.name}) _arguments ${[...optionsOf(command).map(([name, option]) => argument(name, option)), ...word(command)].join(' ')} ;;`).join('\n')}
    help) _values command ${commands.map(({ name }) => name).join(' ')} ;;
  esac
}
if [[ $funcstack[1] == _rxwamp ]]; then _rxwamp "$@"; else compdef _rxwamp rxwamp; fi
`;
}

function fish(commands: readonly Command[]): string {
  const quoted = (text: string): string => `'${text.replaceAll(/[\\']/g, ' ')}'`;
  const lines = commands.flatMap((command) => [
    `complete -c rxwamp -n __fish_use_subcommand -a ${command.name} -d ${quoted(command.summary)}`,
    ...optionsOf(command).map(([name, option]) => {
      const shape = option.type === 'flag' ? (option.short === undefined ? '' : ` -s ${option.short}`) : option.type === 'word' ? ` -x -a '${option.words.join(' ')}'` : option.type === 'file' ? ' -r -F' : ' -x';
      return `complete -c rxwamp -n '__fish_seen_subcommand_from ${command.name}' -l ${name}${shape} -d ${quoted(option.about)}`;
    }),
    ...command.words.slice(0, 1).flatMap(({ words, isFile }) => {
      if (words !== undefined) return [`complete -c rxwamp -n '__fish_seen_subcommand_from ${command.name}' -a '${words.join(' ')}'`];
      return isFile === true ? [`complete -c rxwamp -n '__fish_seen_subcommand_from ${command.name}' -F`] : [];
    }),
  ]);
  return `# fish completion of rxwamp: rxwamp completion fish > ~/.config/fish/completions/rxwamp.fish
complete -c rxwamp -f
${lines.join('\n')}
complete -c rxwamp -n __fish_use_subcommand -a help -d 'explains a command'
complete -c rxwamp -n '__fish_seen_subcommand_from help' -a '${commands.map(({ name }) => name).join(' ')}'
`;
}
