import { describe, expect, it } from '@jest/globals';
import { FORMATS } from './formats.ts';
import { ROADS } from './roads.ts';
import { ALL_WORLDS, EVERYDAY_WORLDS } from './worlds.ts';

const namesOf = (things: Iterable<{ readonly name: string }>): readonly string[] => [...new Set([...things].map(({ name }) => name))].toSorted();

describe('the worlds of every day', () => {
  it('have each road and each format in them', () => {
    const formats = FORMATS.filter(({ serializer }) => EVERYDAY_WORLDS.some((world) => world.serializer === serializer));

    expect(namesOf(EVERYDAY_WORLDS.map(({ road }) => road))).toEqual(namesOf(ROADS));
    expect(namesOf(formats)).toEqual(namesOf(FORMATS));
  });

  it('are some of all worlds, whose names differ', () => {
    expect(namesOf(ALL_WORLDS)).toHaveLength(ALL_WORLDS.length);
    expect(namesOf(ALL_WORLDS)).toEqual(expect.arrayContaining([...namesOf(EVERYDAY_WORLDS)]));
  });
});
