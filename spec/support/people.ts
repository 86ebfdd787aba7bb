/** Who may join with a ticket wherever the scenarios are played. */
export const PETER = { authid: 'peter', ticket: 'secret' } as const;
