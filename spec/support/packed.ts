import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ROOT } from './sources.ts';
import { NO_TOOLS, TOOLS, leftOut, npm } from './tools.ts';

/** A project of somebody else, which has this package from its tarball, and rxjs. */
export interface Consumer {
  readonly folder: string;
  remove(): void;
}

/** Packs what is built, and installs it into an empty folder; `undefined` where nothing is installed, or its dependencies cannot be had, which one line on stderr says. */
export async function installPacked(): Promise<Consumer | undefined> {
  if (TOOLS === undefined) return leftOut('the packed package', NO_TOOLS);
  const folder = mkdtempSync(join(tmpdir(), 'rxwamp-consumer-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    writeFileSync(join(folder, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
    // Without scripts, as building would take dist/ away from the specs that run beside.
    const [{ filename }] = JSON.parse(await npm(['pack', '--json', '--ignore-scripts', '--pack-destination', folder], ROOT)) as [{ readonly filename: string }];
    await npm(['install', `./${filename}`, 'rxjs@7.8.2', '--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline', '--fetch-retries=0'], folder);
    return { folder, remove };
  } catch (error) {
    remove();
    return leftOut('the packed package', String(error).split('\n')[0] ?? '');
  }
}
