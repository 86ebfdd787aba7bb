import { defer, endWith, ignoreElements, tap } from 'rxjs';
import type { Publication, PublishOptions } from '../../session/options.ts';
import { command, type Command } from '../command.ts';
import { ExitCode } from '../exit-code.ts';
import { SESSION_OPTIONS } from '../input/connection-options.ts';
import { readKwargs, readValue } from '../input/values.ts';
import { publishLines } from '../publish-lines.ts';
import { UsageError } from '../usage-error.ts';
import type { View } from '../view/view.ts';
import { withClient } from '../with-client.ts';

const MOST_RATE = 100_000;

/** `rxwamp publish`: one event, or one for each line of stdin. */
export const publish: Command = command({
  name: 'publish',
  summary: 'publishes an event, or each line of stdin',
  about: `Publishes an event and waits until the router has taken it. Arguments are JSON where they are some, and text where not.

With --lines each line of stdin is an event: its value comes behind the arguments. No line is lost in silence: those that were on
their way when a connection was lost are published again, so that they may come twice, and stdin is read no faster than the
router takes them. Ctrl-C publishes what was read, and ends.`,
  words: [
    { name: 'uri', about: 'the topic' },
    { name: 'args', about: 'what the event has', count: 'any' },
  ],
  options: {
    kw: { type: 'texts', value: 'key=value', about: 'a keyword argument; as often as you like' },
    lines: { type: 'flag', short: 'l', about: 'publishes each line of stdin' },
    rate: { type: 'count', value: 'number', least: 1, most: MOST_RATE, about: 'publishes no more lines in a second' },
    retain: { type: 'flag', about: 'has the router keep it for those who subscribe later' },
    'disclose-me': { type: 'flag', about: 'lets subscribers see who publishes' },
    ...SESSION_OPTIONS,
  },
  examples: [
    { line: "rxwamp publish com.example.chat 'hello there'", shows: 'one event' },
    { line: 'seq 1 20 | rxwamp publish com.example.count --lines --rate 10', shows: 'twenty, ten in a second' },
    { line: 'date | rxwamp publish com.example.chat --lines --kw from=me', shows: 'a line with a keyword beside it' },
  ],
  exits: [ExitCode.failed, ExitCode.error, ExitCode.refused, ExitCode.interrupted],
  run(given, [uri = '', ...args], io) {
    if (given.rate !== undefined && !given.lines) throw new UsageError('--rate must come with --lines');
    const payload = { args: args.map(readValue), kwargs: readKwargs(given.kw) };
    const options: PublishOptions = { acknowledge: true, retain: given.retain || undefined, discloseMe: given['disclose-me'] || undefined };
    if (!given.lines) {
      return withClient(given, io, ({ client, view }) => defer(() => client.publish(uri, payload, options)).pipe(
        tap((publication) => tell(publication, view)), ignoreElements(), endWith(ExitCode.done),
      ));
    }
    return withClient(given, io, (work) => publishLines(work, io, { uri, payload, options, rate: given.rate }), 'finish');
  },
});

function tell({ id }: Publication, view: View): void {
  if (view.isJson) view.printJson({ publication: id });
}
