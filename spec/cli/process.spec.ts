import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COMMANDS } from '../../lib/cli/commands.ts';
import { SHELLS } from '../../lib/cli/completion-scripts.ts';
import { ROOT } from '../support/sources.ts';

const LIMIT = 30_000;
const { bin } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as { readonly bin: { readonly rxwamp: string } };

const home = mkdtempSync(join(tmpdir(), 'rxwamp-'));
mkdirSync(join(home, 'bin'));
mkdirSync(join(home, '.zsh'));
mkdirSync(join(home, '.config/fish/completions'), { recursive: true });
writeFileSync(join(home, 'bin/rxwamp'), `#!/bin/sh\nexec "${process.execPath}" "${join(ROOT, bin.rxwamp)}" "$@"\n`, { mode: 0o755 });

let url = '';
let demo: ChildProcess;

interface End {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a line in bash as somebody would who has just come; one that does not end is told to, as by Ctrl-C, once it has said what fits. */
async function pasted(line: string, until?: RegExp): Promise<End> {
  const env = { PATH: `${join(home, 'bin')}:${process.env['PATH'] ?? ''}`, HOME: home, RXWAMP_URL: url };
  const child = spawn('bash', ['-c', line], { cwd: home, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
  const written = { stdout: '', stderr: '' };
  let isStopped = false;
  for (const name of ['stdout', 'stderr'] as const) {
    child[name].setEncoding('utf8').on('data', (text: string) => {
      written[name] += text;
      if (until === undefined || isStopped || !until.test(written.stdout + written.stderr)) return;
      isStopped = true;
      process.kill(-child.pid!, 'SIGINT');
    });
  }
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...written };
}

beforeAll(async () => {
  demo = spawn(process.execPath, [join(ROOT, bin.rxwamp), 'demo', '--port', '0'], { stdio: ['ignore', 'pipe', 'inherit'] });
  let introduction = '';
  for (demo.stdout!.setEncoding('utf8').on('data', (text: string) => { introduction += text; }); !introduction.includes('Ctrl-C'); await once(demo.stdout!, 'data'));
  url = /ws:\S+\/ws/.exec(introduction)?.[0] ?? '';
}, LIMIT);

afterAll(async () => {
  demo.kill('SIGINT');
  const [code] = (await once(demo, 'close')) as [number | null];
  rmSync(home, { recursive: true });
  expect(code).toBe(0);
}, LIMIT);

/** Those that go on until they are told to end, and what they have said by then. */
const ENDLESS: { readonly [command: string]: RegExp } = { router: /listening on/, demo: /try:/, register: /registered/ };

describe('the examples of the help', () => {
  // One after the other: some are about a file that one before has made.
  it.each(COMMANDS.map((command) => [command.name, command.examples] as const))('work as they stand: %s', async (name, examples) => {
    for (const { line } of examples) {
      const here = line.replace('ws://127.0.0.1:8080/ws', url).replace(/^(rxwamp (?:router|demo))( &)?$/, '$1 --port 0').replace(' &', '');
      const isEndless = name in ENDLESS && !here.includes('--schema');
      const { code, stderr, stdout } = await pasted(here, isEndless ? ENDLESS[name] : /stdout is no terminal[\s\S]*\n[\s\S]*\n/);

      const expected = name === 'register' || here.includes('--plot') ? 130 : 0;
      expect({ line, code, stderr: code === expected ? '' : stderr, stdout: code === expected ? '' : stdout }).toEqual({ line, code: expected, stderr: '', stdout: '' });
    }
  }, 60_000);
});

describe('rxwamp, as a process', () => {
  it('is one of several in a pipe', async () => {
    expect(await pasted('rxwamp call com.example.add 2 3 | cat')).toEqual({ code: 0, stdout: '5\n', stderr: '' });
    expect((await pasted('rxwamp subscribe com.example.wave.sine -q | head -1; exit ${PIPESTATUS[0]}')).code).toBe(0);
    expect(await pasted("printf 'a\\nb' | rxwamp call com.example.shout --input-lines --progress")).toEqual({ code: 0, stdout: 'A\nB\n', stderr: '' });
  }, LIMIT);

  it('shows what is wrong in one line, and no more', async () => {
    expect(await pasted('rxwamp call com.example.sell tea')).toEqual({ code: 3, stdout: '', stderr: 'com.example.error.sold_out tea until=tuesday\n' });
    expect(await pasted('rxwamp call com.x --url ws://127.0.0.1:1')).toEqual({ code: 1, stdout: '', stderr: expect.stringMatching(/^connection to ws:\/\/127\.0\.0\.1:1\/ cannot be opened: .*ECONNREFUSED.*\n$/) });
  }, LIMIT);

  it('ends by Ctrl-C while it waits for stdin', async () => {
    // Its other end is the shell's own, so that it does not end before.
    const { code } = await pasted('mkfifo lines; exec 3<>lines; echo 1 >&3; rxwamp publish com.example.chat --lines -v <&3; exit $?', /PUBLISHED/);

    expect([130, null]).toContain(code);
  }, LIMIT);
});

const has = (shell: string): boolean => spawnSync(shell, ['-c', 'true']).status === 0;

describe('rxwamp completion', () => {
  beforeAll(() => Promise.all(SHELLS.map((shell) => pasted(`rxwamp completion ${shell} > completion.${shell}`))), LIMIT);

  it.each(SHELLS.filter(has))('writes what %s reads', (shell) => {
    expect(spawnSync(shell, ['-n', join(home, `completion.${shell}`)], { encoding: 'utf8' })).toMatchObject({ status: 0, stderr: '' });
  });

  it.each([
    ['rxwamp su', ['subscribe']],
    ['rxwamp help rou', ['router']],
    ['rxwamp call com.x --prog', ['--progress']],
    ['rxwamp call --auth t', ['ticket', 'totp', 'tls']],
    ['rxwamp completion ', ['bash', 'zsh', 'fish']],
    ['rxwamp call --timeout ', []],
    ['rxwamp router --config bi', ['bin']],
  ])('completes %j in bash', async (typed, expected) => {
    const words = typed.split(' ').map((word) => `'${word}'`).join(' ');

    const { stdout } = await pasted(`source completion.bash; COMP_WORDS=(${words}); COMP_CWORD=$((\${#COMP_WORDS[@]} - 1)); _rxwamp; printf '%s\\n' "\${COMPREPLY[@]}"`);

    expect(stdout.split('\n').filter((line) => line !== '')).toEqual(expected);
  }, LIMIT);
});
