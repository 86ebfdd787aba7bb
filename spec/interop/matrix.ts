/**
 * What clients do with each other through the router: each scenario is played by two peers, or by one alone, and once with either of them in
 * either part.
 */
import { calling } from './matrix/calling.ts';
import { joining } from './matrix/joining.ts';
import { meta } from './matrix/meta.ts';
import { publishing } from './matrix/publishing.ts';
import type { Scenario } from './matrix/scenario.ts';

/** All lines of the table, in its order. */
export const SCENARIOS: readonly Scenario[] = [...joining, ...calling, ...publishing, ...meta];
