import { parseTemplate, type UriTemplate } from '../contract/uri-template.ts';
import { assertLooseUri, type MatchPolicy } from '../protocol/uri.ts';
import type { Uri } from '../types.ts';
import { checkOneOf } from './checks.ts';

/** What a topic or a procedure is on the wire. */
export interface Pattern {
  readonly pattern: Uri;
  readonly match: MatchPolicy;
  /** Where the URI has holes. */
  readonly template: UriTemplate | undefined;
}

/** Reads the URI that a user subscribes to or registers; `what` names it in errors. Throws InvalidUriError or RangeError. */
export function readPattern(uri: Uri, asked: MatchPolicy | undefined, what: string): Pattern {
  checkOneOf(asked, ['exact', 'prefix', 'wildcard'], 'match');
  const template = uri.includes('<') ? parseTemplate(uri) : undefined;
  const match = asked ?? template?.match ?? 'exact';
  const pattern = template?.pattern ?? uri;
  assertLooseUri(pattern, what, match);
  return { pattern, match, template };
}
