// [node]
import type { IncomingMessage } from 'node:http';
import { show } from '../../protocol/show.ts';

/** The path of a request, without its query. */
export function pathOf({ url = '' }: IncomingMessage): string {
  return url.split('?', 1)[0] as string;
}

/** Throws TypeError where an option, by name, is no path. */
export function assertPath(path: unknown, name: string): asserts path is string {
  if (typeof path !== 'string' || !/^\/[^?#]*$/.test(path)) throw new TypeError(`${name} must be a path that begins with /, got ${show(path)}`);
}
