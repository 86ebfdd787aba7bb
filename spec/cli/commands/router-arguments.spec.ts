import { describe, expect, it } from '@jest/globals';
import { readRouterArguments, ROUTER_USAGE } from '../../../lib/cli/commands/router-arguments.ts';
import { UsageError } from '../../../lib/cli/usage-error.ts';

const NONE = { config: undefined, port: undefined, watch: false, schema: false, help: false };

describe('readRouterArguments', () => {
  it.each([
    [[], NONE],
    [['--port', '0'], { ...NONE, port: 0 }],
    [['--config', 'a.json', '--watch', '--port=65535'], { ...NONE, config: 'a.json', watch: true, port: 65_535 }],
    [['-h'], { ...NONE, help: true }],
    [['--schema'], { ...NONE, schema: true }],
  ])('reads %j', (args, expected) => {
    expect(readRouterArguments(args)).toEqual(expected);
  });

  it.each([
    [['--prot', '1'], 'unknown option \'--prot\''],
    [['--port'], 'option \'--port <value>\' argument missing'],
    [['--port', '70000'], '--port must be a whole number from 0 to 65535, got "70000"'],
    [['--port', '1e3'], '--port must be a whole number from 0 to 65535, got "1e3"'],
    [['--watch'], '--watch must come with --config, got none'],
    [['file.json'], 'unexpected argument \'file.json\''],
  ])('refuses %j', (args, message) => {
    expect(() => readRouterArguments(args)).toThrow(UsageError);
    expect(() => readRouterArguments(args)).toThrow(message);
  });

  it('explains each option', () => {
    for (const option of Object.keys(NONE)) expect(ROUTER_USAGE).toContain(`--${option}`);
  });
});
