import { parseArgs } from 'node:util';
import { UsageError } from '../usage-error.ts';

/** What can be typed behind `rxwamp router`. */
export interface RouterArguments {
  readonly config: string | undefined;
  readonly port: number | undefined;
  readonly watch: boolean;
  readonly schema: boolean;
  readonly help: boolean;
}

export const ROUTER_USAGE = `rxwamp router [options]

Starts a router, and a page that shows what it does. Without a configuration there is one realm, realm1, in which everybody
may do everything, and nobody but this machine can reach it.

  --config <file>   what it serves, as JSON; read again at SIGHUP, when its roles and users change and sessions stay
  --watch           reads the configuration again when the file changes
  --port <number>   where it listens; 0 takes a free one (8080, or that of the configuration)
  --schema          prints the JSON Schema of the configuration, for editors
  --help            prints this

SIGTERM and Ctrl-C let open calls end, tell clients when to come back, and end it; the second time at once.
`;

/** Reads the arguments. Throws {@link UsageError} with one sentence. */
export function readRouterArguments(args: readonly string[]): RouterArguments {
  const { config, port, watch, schema, help } = parse(args);
  if (watch && config === undefined) throw new UsageError('--watch must come with --config, got none');
  return { config, port: port === undefined ? undefined : portFrom(port), watch, schema, help };
}

function parse(args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      options: {
        config: { type: 'string' },
        port: { type: 'string' },
        watch: { type: 'boolean', default: false },
        schema: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values;
  } catch (error) {
    const [sentence = ''] = (error as Error).message.split(/\. |\n/, 1);
    throw new UsageError(`${sentence.charAt(0).toLowerCase()}${sentence.slice(1)}`);
  }
}

function portFrom(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  if (!(port <= 65_535)) throw new UsageError(`--port must be a whole number from 0 to 65535, got ${JSON.stringify(text)}`);
  return port;
}
