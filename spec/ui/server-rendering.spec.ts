import { describe, expect, it, jest } from '@jest/globals';
import { createClient } from 'rxwamp';
import { createRouter } from 'rxwamp/router';
import { RECIPES, copyRecipes, recipePackages, serverProgram } from '../support/recipes.ts';

const LIMIT = 60_000;

const modules = await recipePackages();
const describeRecipes = modules === undefined ? describe.skip : describe;
const work = modules === undefined ? '' : copyRecipes(modules, 'server');

describeRecipes('samples/ui on a server (left out where its packages cannot be installed)', () => {
  it.each(Object.keys(RECIPES))('%s renders the seed, and opens no connection', async (framework) => {
    jest.spyOn(console, 'log').mockImplementation(() => {}); // Angular says that it is in development mode
    const router = createRouter({ realms: { realm1: {} } });
    const client = createClient({ transport: router.link(), realm: 'realm1' });
    const dialled: unknown[] = [];
    client.wire$.subscribe((entry) => dialled.push(entry));
    const { html } = await serverProgram(work, framework);

    const rendered = await html(client);

    expect(rendered.replace(/<!--.*?-->/g, '')).toMatch(/<h1[^>]*>idle<\/h1>\s*<ul[^>]*>\s*<\/ul>\s*<button[^>]*>report<\/button>/);
    expect(dialled).toEqual([]);
    await client.close();
    await router.close();
  }, LIMIT);
});
