/** What a router counts on the way, over all of its sessions and since its start. */
export interface Traffic {
  received: number;
  sent: number;
  /** EVENTs that were not sent to slow consumers, or could not be written by their serializer. */
  droppedEvents: number;
  /** Sessions that ended since they read too slowly. */
  slowSessions: number;
}
