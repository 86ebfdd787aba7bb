import type { Subscriber } from 'rxjs';
import { SubscriptionRevokedError } from '../errors.ts';
import type { UriTemplate } from '../contract/uri-template.ts';
import { checkDuration } from '../session/checks.ts';
import type { TopicEvent } from '../session/options.ts';
import { readPattern, type Pattern } from '../session/pattern.ts';
import type { Dict, Id, Uri } from '../types.ts';
import type { Claimant } from './claim.ts';
import { Claims, type ClientSettings } from './claims.ts';
import type { Incoming } from './incoming.ts';
import type { TopicOptions } from './options.ts';
import { refuseOthers } from './outgoing.ts';

/** A topic that was read and found right. */
export interface TopicRequest extends Pattern {
  readonly uri: Uri;
  readonly grace: number | undefined;
}

/** Reads what a user passed to `topic`. Throws InvalidUriError, RangeError or TypeError. */
export function readTopic(uri: Uri, options: TopicOptions = {}): TopicRequest {
  const { match, grace, ...others } = options;
  refuseOthers(others);
  checkDuration(grace, 'grace');
  return { uri, grace, ...readPattern(uri, match, 'topic') };
}

interface Listener extends Claimant {
  readonly template: UriTemplate | undefined;
  next(event: TopicEvent): void;
}

/** The subscriber of a client (7.1): one SUBSCRIBE for each (uri, match), shared by all who observe it. */
export class Topics extends Claims<Listener> {
  constructor(settings: ClientSettings) {
    super({ verb: 'subscribe', type: 32, key: 'subscription', Revoked: SubscriptionRevokedError, ...settings });
  }

  /** Hands on events until `sink` leaves. */
  observe({ uri, pattern, match, template, grace }: TopicRequest, sink: Subscriber<TopicEvent>): void {
    const claim = this.of(`${match} ${pattern}`, { uri, pattern, match, template, options: { match: match === 'exact' ? undefined : match }, patience: 0 });
    const listener: Listener = { template, granted: () => {}, next: (event) => sink.next(event), error: (error) => sink.error(error), complete: () => sink.complete() };
    // Unless it is said, the end of the current macrotask: who comes until then finds it as it was.
    sink.add(() => claim.remove(listener, grace === 0 ? undefined : grace ?? 0));
    claim.add(listener);
  }

  event({ values, args, kwargs }: Incoming): void {
    const [subscription, publication, details] = values as [Id, Id, Dict];
    const claim = this.granted.get(subscription);
    // Late, after UNSUBSCRIBE.
    if (claim === undefined || claim.isAsking) return;
    const topic = typeof details['topic'] === 'string' ? details['topic'] : claim.target.pattern;
    // Whoever comes because of it does not hear it.
    for (const { template, next } of [...claim.claimants]) {
      // What does not fit the holes is not for this one.
      const params = template === undefined ? {} : template.read(topic);
      if (params !== undefined) next({ topic, publication, args, kwargs, details, params, retained: details['retained'] === true, recovered: false });
    }
  }
}
