import { test } from 'node:test';
import { fails, passes } from './program.ts';

void test('passes', passes);
void test('fails', fails);
