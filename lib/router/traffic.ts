/** What is counted on the way, since the start of the router: for each realm, and for those who have not joined one. */
export interface Traffic {
  received: number;
  sent: number;
  /** EVENTs that were not sent to slow consumers, or could not be written by their serializer. */
  droppedEvents: number;
  /** Sessions that ended since they read too slowly. */
  slowSessions: number;
  /** Requests that were not allowed, or were beyond a limit. */
  deniedActions: number;
  /** Connections that were ended with ABORT. */
  aborts: number;
}

/** Begins to count. */
export function newTraffic(): Traffic {
  return { received: 0, sent: 0, droppedEvents: 0, slowSessions: 0, deniedActions: 0, aborts: 0 };
}
