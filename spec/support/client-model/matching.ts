import type { Uri } from '../../../lib/types.ts';

/** Whether what is published to a topic is for whoever subscribed to a key, such as `prefix com.a`. */
export function matches(key: string, topic: Uri): boolean {
  const [match, pattern = ''] = key.split(' ');
  if (match === 'prefix') return topic.startsWith(pattern);
  if (match !== 'wildcard') return topic === pattern;
  const [components, wanted] = [topic.split('.'), pattern.split('.')];
  return components.length === wanted.length && wanted.every((one, at) => one === '' || one === components[at]);
}
