/** What patterns have in common, and which of two counts where both match. Components of a URI are never empty: an empty one is a hole. */
import type { Uri } from '../../types.ts';

/** Tells whether there is a URI that both wildcard patterns match. */
export function wildcardsMeet(one: Uri, other: Uri): boolean {
  const others = other.split('.');
  const components = one.split('.');
  return components.length === others.length
    && components.every((component, at) => component === '' || others[at] === '' || component === others[at]);
}

/** Tells whether there is a URI that begins with the prefix and that the wildcard pattern matches. */
export function prefixMeetsWildcard(prefix: Uri, wildcard: Uri): boolean {
  const components = wildcard.split('.');
  const parts = prefix.split('.');
  const last = parts.length - 1;
  return parts.length <= components.length && parts.every((part, at) => {
    const component = components[at] ?? '';
    return component === '' || (at === last ? component.startsWith(part) : component === part);
  });
}

/**
 * Tells which of two wildcard patterns counts for the URIs that both match: the one whose literal components reach further from the left
 * (Pattern-based Registrations, "Calls matching multiple registrations").
 */
export function reachesFurther(one: Uri, other: Uri): boolean {
  const others = other.split('.');
  for (const [at, component] of one.split('.').entries()) {
    if ((component === '') !== (others[at] === '')) return component !== '';
  }
  return false;
}
