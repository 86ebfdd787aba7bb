/** Something was typed that cannot be right: one sentence, and the exit code 2. */
export class UsageError extends Error {}
