import { NotJoinedError, PublicationError, WampError, applicationErrorOf } from '../../errors.ts';
import { causesOf } from '../exit-code.ts';
import { asJson, payloadLine } from './show-payload.ts';

/** An error in a line or a few: the word of the other end with its payload, or what failed and why. */
export function explain(error: unknown): string {
  const told = causesOf(error).filter((each) => !(each instanceof NotJoinedError && each.cause !== undefined));
  const sentences: string[] = [];
  for (const each of told) {
    const answer = applicationErrorOf(each);
    const sentence = answer !== undefined ? `${answer.uri}${prefixed(' ', payloadLine(answer))}` : each instanceof Error ? each.message || each.name : String(each);
    // Many messages have that of their cause in them.
    if (!sentences.some((before) => before.includes(sentence))) sentences.push(sentence);
    if (answer !== undefined || !(each instanceof WampError)) break;
  }
  return sentences.join(': ');
}

/** An error as one line of JSON: the word of the other end, or the kind of what failed. */
export function explainAsJson(error: unknown): string {
  for (const each of causesOf(error)) {
    const answer = applicationErrorOf(each);
    if (answer !== undefined) return asJson({ error: answer.uri, args: answer.args, kwargs: answer.kwargs });
    if (each instanceof WampError && !(each instanceof NotJoinedError) && !(each instanceof PublicationError)) return asJson({ error: each.code, message: explain(error) });
  }
  return asJson({ error: 'failed', message: explain(error) });
}

function prefixed(prefix: string, text: string): string {
  return text === '' ? '' : `${prefix}${text}`;
}
