/**
 * A client did not do what a test wrote for its router: it sent something else, or not everything, or what nobody can read. The message
 * says what was expected and what came, and how the conversation went until then.
 */
export class ScriptError extends Error {
  override readonly name = 'ScriptError';
}
