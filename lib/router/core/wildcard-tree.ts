import type { Uri } from '../../types.ts';
import { countNodes } from './count-nodes.ts';

interface Node<T> {
  value: T | undefined;
  /** By component, the empty one being the hole; absent where there are none. */
  children: Map<string, Node<T>> | undefined;
}

const HOLE = '';

/**
 * Values by wildcard pattern: a tree over components, in which an empty component is a hole that stands for any one.
 *
 * A look-up visits the nodes whose path agrees with the URI and no others. It keeps its own stack, so that no pattern is too deep
 * for it, and meets literal components before holes: the first pattern it finds is the one that a call goes to.
 */
export class WildcardTree<T extends object> {
  readonly #root: Node<T> = { value: undefined, children: undefined };
  #size = 0;

  /** How many patterns have a value. */
  get size(): number {
    return this.#size;
  }

  /** How many nodes there are: none once the last value is gone. @internal */
  get nodes(): number {
    return countNodes(this.#root);
  }

  /** The value of exactly this pattern. */
  get(pattern: Uri): T | undefined {
    let node: Node<T> | undefined = this.#root;
    for (const component of pattern.split('.')) {
      node = node.children?.get(component);
      if (node === undefined) return undefined;
    }
    return node.value;
  }

  /** Gives a pattern its value, in place of the one it had. */
  set(pattern: Uri, value: T): void {
    let node = this.#root;
    for (const component of pattern.split('.')) {
      node.children ??= new Map();
      let child = node.children.get(component);
      if (child === undefined) {
        child = { value: undefined, children: undefined };
        node.children.set(component, child);
      }
      node = child;
    }
    if (node.value === undefined) this.#size++;
    node.value = value;
  }

  /** Takes a pattern away; tells whether it was there. */
  delete(pattern: Uri): boolean {
    const components = pattern.split('.');
    const path: Node<T>[] = [this.#root];
    for (const [depth, component] of components.entries()) {
      const child = path[depth]?.children?.get(component);
      if (child === undefined) return false;
      path.push(child);
    }
    const node = path[components.length];
    if (node?.value === undefined) return false;
    node.value = undefined;
    this.#size--;
    prune(path, components);
    return true;
  }

  /** Adds the values of all patterns that match the URI to `found`, in the order of {@link best}. */
  collect(uri: Uri, found: T[]): void {
    this.#search(uri, found, Infinity);
  }

  /**
   * The value of the pattern with the most components before its first hole; of several, that with the most between its first and its
   * second hole, and so on (Pattern-based Registrations, "Calls matching multiple registrations").
   */
  best(uri: Uri): T | undefined {
    const found: T[] = [];
    this.#search(uri, found, 1);
    return found[0];
  }

  #search(uri: Uri, found: T[], limit: number): void {
    if (this.#size === 0) return;
    const components = uri.split('.');
    // Two stacks that move together: nodes still to visit, and how many components lead to each.
    const nodes: Node<T>[] = [this.#root];
    const depths: number[] = [0];
    for (let node = nodes.pop(); node !== undefined && found.length < limit; node = nodes.pop()) {
      const depth = depths.pop() ?? 0;
      const component = components[depth];
      if (component === undefined) {
        if (node.value !== undefined) found.push(node.value);
        continue;
      }
      const hole = node.children?.get(HOLE);
      if (hole !== undefined) {
        nodes.push(hole);
        depths.push(depth + 1);
      }
      const literal = component === HOLE ? undefined : node.children?.get(component);
      if (literal !== undefined) {
        nodes.push(literal);
        depths.push(depth + 1);
      }
    }
  }
}

/** Takes the end of a path out of the tree as far as nothing else hangs on it. */
function prune<T>(path: readonly Node<T>[], components: readonly string[]): void {
  for (let depth = components.length; depth > 0; depth--) {
    const node = path[depth];
    const parent = path[depth - 1];
    const component = components[depth - 1];
    if (node?.value !== undefined || node?.children !== undefined || component === undefined) return;
    parent?.children?.delete(component);
    if (parent?.children?.size === 0) parent.children = undefined;
  }
}
