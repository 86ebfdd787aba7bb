/** The entry `rxwamp/shared`: one session for all tabs of an origin, or for all threads and processes of a program. */
export { shareSession } from './share-session.ts';
export type { SharedSession } from './share-session.ts';
export { sharedTabs } from './shared-tabs.ts';
export { sharedWorker } from './shared-worker.ts';
export type { SharedWorkerOptions } from './shared-worker.ts';
