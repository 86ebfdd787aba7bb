import type { Member } from '../../lib/router/core/outbound.ts';

/** What a {@link member} is besides its id. */
export interface Traits {
  readonly authid?: string;
  readonly authrole?: string;
  /** What it announced, each as `role.feature`. */
  readonly features?: readonly string[];
}

/** A member as the realm would have made it. */
export function member(id: number, { authid = `user-${id}`, authrole = 'user', features = [] }: Traits = {}): Member {
  return {
    id, authid, authrole, authmethod: 'anonymous', authprovider: 'static', transport: {},
    has: (role, feature) => features.includes(`${role}.${feature}`),
  };
}
