/** Tests in virtual time: client, router and network in one TestScheduler. It needs no test runner, and runs in a browser too. */
export {
  ABORT, ACK, AUTHENTICATE, CALL, CANCEL, CHALLENGE, ERROR, EVENT, EVENT_RECEIVED, GOODBYE, HELLO, INTERRUPT, INVOCATION, PUBLISH, PUBLISHED, REGISTER,
  REGISTERED, RESULT, SUBSCRIBE, SUBSCRIBED, UNREGISTER, UNREGISTERED, UNSUBSCRIBE, UNSUBSCRIBED, WELCOME, YIELD,
} from './builders.ts';
export type { MessagePattern } from './builders.ts';
export { bandwidth } from './faults/bandwidth.ts';
export { corruptWhen } from './faults/corrupt-when.ts';
export { cutWhen } from './faults/cut-when.ts';
export { latency } from './faults/latency.ts';
export { refuseWhile } from './faults/refuse-while.ts';
export { stallWhile } from './faults/stall-while.ts';
export { truncateWhen } from './faults/truncate-when.ts';
export type { MarbleHelpers, WampMarblesOptions } from './kit.ts';
export { LeaksError, expectNoLeaks, leaksOf } from './leaks.ts';
export type { Leak, Suspects } from './leaks.ts';
export { Link } from './link.ts';
export type { LinkedClient, LinkedClientOptions } from './linked-client.ts';
export { wampMarbles } from './marbles.ts';
export type { AsyncMarbleHelpers, WampMarbles } from './marbles.ts';
export { memoryRouter } from './memory-router.ts';
export type { MemoryRouter, MemoryRouterOptions } from './memory-router.ts';
export { MarbleMismatchError } from './mismatch-error.ts';
export type { AnsweringProcedure, PerformerOptions, PublishesOptions } from './performers.ts';
export { record } from './recording.ts';
export type { RecordOptions, RecordedConnection, RecordedFrame, Recorder, Recording } from './recording.ts';
export { replay } from './replay.ts';
export type { ReplayOptions } from './replay.ts';
export { ScriptError } from './script-error.ts';
export type { ScriptedAnswer } from './scripted-answer.ts';
export { scriptedRouter } from './scripted-router.ts';
export type { ScriptedRouter, ScriptedRouterOptions } from './scripted-router.ts';
export { showMessage } from './show-message.ts';
