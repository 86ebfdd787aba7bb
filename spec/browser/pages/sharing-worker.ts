/** A SharedWorker that shares its session. */
import { createClient } from '../../../lib/index.ts';
import { shareSession } from '../../../lib/shared/index.ts';

const url = new URLSearchParams(location.search).get('url') ?? '';
shareSession(createClient({ url, realm: 'realm1', retry: { initialDelay: 20, maxDelay: 20, jitter: 'none' } }));
