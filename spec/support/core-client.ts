/** The client of `rxwamp/core` in the place of the other one, for scenarios that ask for no more than it has. */
import { BehaviorSubject, filter, map, merge } from 'rxjs';
import type { Client } from '../../lib/client/client.ts';
import type { ClientOptions } from '../../lib/client/options.ts';
import { parseTemplate } from '../../lib/contract/uri-template.ts';
import { createClient } from '../../lib/core/index.ts';
import { MessageType } from '../../lib/protocol/messages.ts';
import type { LinkedClient, LinkedClientOptions } from '../../lib/testing/linked-client.ts';
import { Link } from '../../lib/testing/link.ts';
import type { Transport } from '../../lib/transports/transport.ts';
import type { Id, Uri } from '../../lib/types.ts';

/** What a scenario asks of any client: the wire and the sessions, which this one does not show by itself, are looked at on its line. */
export function coreClient(options: Partial<ClientOptions> & LinkedClientOptions & { readonly realm: Uri }, transport: Transport): LinkedClient {
  const { serializers: _json, ...own } = options;
  const link = transport instanceof Link ? transport : new Link(transport, { random: Math.random });
  const client = createClient({ ...own, transport: link } as never);
  const granted$ = new BehaviorSubject<ReadonlySet<Uri>>(new Set());
  const asked = new Map<Id, Uri>();
  link.sent$.subscribe((message) => {
    if (message.type === MessageType.SUBSCRIBE) asked.set(message.request, message.topic);
  });
  link.received$.subscribe((message) => {
    if (message.type === MessageType.SUBSCRIBED) granted$.next(new Set([...granted$.value, asked.get(message.request) ?? '']));
  });
  client.state$.subscribe(({ kind }) => { if (kind !== 'joined') granted$.next(new Set()); });
  const shown = {
    link,
    frames$: merge(link.sent$.pipe(map((message) => ({ direction: 'out', message }))), link.received$.pipe(map((message) => ({ direction: 'in', message })))),
    session$: client.state$.pipe(map((state) => (state.kind === 'joined' ? { details: state.details } : undefined))),
    topicStatus: (uri: Uri) => granted$.pipe(filter((granted) => granted.has(parseTemplate(uri).pattern)), map(() => ({ kind: 'subscribed' }))),
    census: () => ({}),
  };
  return Object.assign(client, shown) as unknown as LinkedClient & Client;
}
