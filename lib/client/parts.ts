import type { Observable, SchedulerLike, Subject } from 'rxjs';
import type { Checks } from '../contract/checks.ts';
import type { ErrorMapping } from '../session/error-mapping.ts';
import type { SessionDetails } from '../session/options.ts';
import type { ResumeOptions } from '../session/resumption.ts';
import type { SessionOptions } from '../session/session.ts';
import type { WireEntry } from '../session/wire-tap.ts';
import type { Credentials } from './credentials.ts';
import type { Probe } from './heartbeat.ts';
import type { Hint } from './hints.ts';
import type { ClientStage } from './lives.ts';
import type { RetryOptions } from './reconnect.ts';

/** What a client is made of. */
export interface ClientParts {
  /** One life from dialling to the loss of its session, anew at each subscription. */
  readonly lives: (client: LifeContext) => Observable<ClientStage>;
  readonly retry: RetryOptions;
  readonly stableAfter: number;
  readonly lazy: boolean;
  readonly idleClose: number;
  readonly offline: 'wait' | 'fail';
  readonly queueLimit: number;
  readonly credentials: Credentials;
  readonly renewal: 'handover' | 'next-join';
  readonly heartbeat: { readonly interval: number; readonly timeout: number; readonly probe: Probe | undefined };
  readonly hints$: Observable<Hint>;
  readonly closeWhenHidden: number | undefined;
  readonly scheduler: SchedulerLike | undefined;
  readonly random: () => number;
  /** How sessions outlive their connections; `undefined`: they do not. */
  readonly resume: ResumeOptions | undefined;
  /** What ERRORs become, and what procedures throw, in every session. */
  readonly errors: ErrorMapping;
  /** What its contract has to say. */
  readonly checks: Checks | undefined;
  /** Where failures go while nobody watches `errors$`. */
  readonly onUnhandled: (error: unknown) => void;
}

/** What a life is told of the client whose life it is. */
export interface LifeContext {
  /** How often in a row it was tried in vain before. */
  readonly attempt: number;
  readonly previousError: unknown;
  readonly lastDetails: SessionDetails | undefined;
  readonly tap: Subject<WireEntry>;
  readonly session: SessionOptions;
}
