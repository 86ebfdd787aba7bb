import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compiled } from '../support/docblock-compiler.ts';
import { prepareFiles, setStage } from '../support/docblock-stage.ts';
import { EXAMPLES, importable, programFor, type Example } from '../support/docblocks.ts';
import { ROOT } from '../support/sources.ts';

/** Milliseconds: locking keys takes its time by intent. */
const LIMIT = 60_000;

/** Examples that are not run, and why not. Whatever is not here is. */
const NOT_RUN: { readonly [example: string]: string } = {
  'node.ts 2': 'it dials over the network; spec/client/run.spec.ts runs programs of its kind',
  'router/sqlite.ts 1': 'Node has node:sqlite from 22.5 on; spec/router/sqlite.spec.ts has other ways to it',
  'shared/share-session.ts 1': 'it is two files, of a page and of its worker; spec/browser/shared-session.spec.ts has both',
  'shared/shared-tabs.ts 1': 'it needs the Web Locks of a browser; spec/browser/shared-session.spec.ts has them',
  'shared/shared-worker.ts 1': 'it needs a SharedWorker; spec/browser/shared-session.spec.ts has one',
  'testing/scripted-router.ts 1': 'who says what its script waits for is left out; spec/testing/scripted-router.spec.ts says it',
  'transports/ipc.ts 1': 'it is said in a process that was forked; spec/transports/ipc.spec.ts has one',
  'transports/ipc.ts 2': 'it starts another program; spec/transports/ipc.spec.ts has one',
  'transports/message-port.ts 1': 'it needs the worker of a page; spec/browser/message-port.spec.ts has one',
  'transports/message-port.ts 2': 'it is said in a worker thread; spec/transports/message-port.spec.ts starts one',
  'transports/websocket-stream.ts 1': 'it needs a WebSocketStream; spec/browser/websocket-stream.spec.ts has one',
};

/** Examples that are not compiled, and why not. */
const NOT_COMPILED: { readonly [example: string]: string } = {
  'router/sqlite.ts 1': 'Node has node:sqlite from 22.5 on, and so have its types',
};

const imports = await importable();
const home = process.cwd();
let folder: string;

// Some of them write files.
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'rxwamp-docblocks-'));
  await prepareFiles(folder);
  process.chdir(folder);
}, LIMIT);

afterAll(() => {
  process.chdir(home);
  rmSync(folder, { recursive: true, force: true });
});

describe('the examples of docblocks', () => {
  it('are there', () => {
    expect(EXAMPLES.length).toBeGreaterThan(80);
    const instead = Object.values(NOT_RUN).map((why) => /spec\/[\w/.-]+/.exec(why)?.[0] ?? '');
    expect(instead.filter((spec) => !existsSync(join(ROOT, spec)))).toEqual([]);
    expect(Object.keys({ ...NOT_RUN, ...NOT_COMPILED }).filter((name) => !EXAMPLES.some((example) => example.name === name))).toEqual([]);
  });

  it('compile, with the package by its name', async () => {
    expect(await compiled(EXAMPLES.filter(({ name }) => NOT_COMPILED[name] === undefined))).toEqual(new Map());
  }, LIMIT);

  it('are told what is wrong with them', async () => {
    const wrong = (name: string, code: string): Example => ({ name: `wrong/${name}.ts 1`, code });
    const examples = [
      wrong('option', "createClient({ url, realm: 'realm1', lasy: true });"), wrong('name', "const router = scriptedRooter();"), wrong('prelude', 'client.topic(5).subscribe();'),
      wrong('frame', "realms: { realm1: { rolls: {} } }"), wrong('type', 'const event: TopicEvnt = 5;'), wrong('import', "import { lastOne } from 'rxjs';\n\nlastOne();"),
    ];

    expect([...(await compiled([...examples, { name: 'right.ts 1', code: "createClient({ url, realm: 'realm1', lazy: true });" }])).keys()].sort()).toEqual(examples.map(({ name }) => name).sort());
  }, LIMIT);

  it.each(EXAMPLES.filter(({ name }) => NOT_RUN[name] === undefined))('run: $name', async (example) => {
    const stage = await setStage(example.code);
    const scope = { ...imports, ...stage.names };

    const { names, body } = programFor(example, new Set(Object.keys(scope)));
    // The code is the project's own.
    // oxlint-disable-next-line typescript/no-implied-eval
    const program = new Function(...names, body) as (...values: unknown[]) => Promise<void>;
    await program(...names.map((name) => scope[name as keyof typeof scope]));

    await stage.close();
  }, LIMIT);
});
