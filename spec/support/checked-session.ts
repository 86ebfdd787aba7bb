import type { Api } from '../../lib/contract/define-api.ts';
import type { JoinOptions } from '../../lib/session/join.ts';
import type { Session } from '../../lib/session/session.ts';
import { ROLES, ScriptedRouter, joined } from './scripted-router.ts';

/** A session that has a contract, its router, and what it reports. */
export function checkedSession(api: Api, options: Partial<JoinOptions> = {}): { readonly router: ScriptedRouter; readonly session: Session; readonly reports: unknown[] } {
  const reports: unknown[] = [];
  const router = new ScriptedRouter({ welcome: { roles: { ...ROLES, dealer: { features: { progressive_call_results: true, progressive_call_invocations: true, call_canceling: true } } } } });
  return { router, reports, session: joined(router, { api, report: (error) => reports.push(error), ...options }).session };
}

/** What `act` throws, or nothing. */
export function thrownBy(act: () => unknown): unknown {
  try {
    act();
  } catch (error) {
    return error;
  }
  return undefined;
}
