import type { Uri } from '../../types.ts';
import { countNodes } from './count-nodes.ts';

interface Node<T> {
  /** The characters that lead here from the parent. */
  label: string;
  value: T | undefined;
  /** By the first character of their labels; absent where there are none. */
  children: Map<number, Node<T>> | undefined;
}

/**
 * Values by prefix, found by walking the URI once: a radix tree over characters, since prefixes match by characters and not by
 * components (`com.shop` is a prefix of `com.shopping`).
 *
 * A look-up costs at most the length of the URI, whatever is in the tree. Every node but the root holds a value or parts two or more
 * children, so there are fewer than two nodes for each value, and none is left when the last value is gone.
 */
export class PrefixTree<T extends object> {
  readonly #root: Node<T> = { label: '', value: undefined, children: undefined };
  #size = 0;

  /** How many prefixes have a value. */
  get size(): number {
    return this.#size;
  }

  /** How many nodes there are: none once the last value is gone. @internal */
  get nodes(): number {
    return countNodes(this.#root);
  }

  /** The value of exactly this prefix. */
  get(prefix: Uri): T | undefined {
    let node = this.#root;
    let at = 0;
    while (at < prefix.length) {
      const child = step(node, prefix, at);
      if (child === undefined) return undefined;
      at += child.label.length;
      node = child;
    }
    return node.value;
  }

  /** Gives a prefix its value, in place of the one it had. */
  set(prefix: Uri, value: T): void {
    const node = this.#grow(prefix);
    if (node.value === undefined) this.#size++;
    node.value = value;
  }

  /** Takes a prefix away; tells whether it was there. */
  delete(prefix: Uri): boolean {
    let parent = this.#root;
    let node = this.#root;
    let at = 0;
    while (at < prefix.length) {
      const child = step(node, prefix, at);
      if (child === undefined) return false;
      at += child.label.length;
      parent = node;
      node = child;
    }
    if (node.value === undefined) return false;
    node.value = undefined;
    this.#size--;
    this.#prune(node, parent);
    return true;
  }

  /** Adds the values of all prefixes of the URI to `found`, shortest first. */
  collect(uri: Uri, found: T[]): void {
    let at = 0;
    for (let node: Node<T> | undefined = this.#root; node !== undefined; node = step(node, uri, at)) {
      at += node.label.length;
      if (node.value !== undefined) found.push(node.value);
    }
  }

  /** The value of the longest prefix of the URI. */
  longest(uri: Uri): T | undefined {
    let best: T | undefined;
    let at = 0;
    for (let node: Node<T> | undefined = this.#root; node !== undefined; node = step(node, uri, at)) {
      at += node.label.length;
      if (node.value !== undefined) best = node.value;
    }
    return best;
  }

  /** Tells whether a value of this prefix, or of a longer one that begins with it, passes the test. */
  someUnder(prefix: Uri, test: (value: T) => boolean): boolean {
    let node = this.#root;
    for (let at = 0; at < prefix.length; at += node.label.length) {
      const child = node.children?.get(prefix.charCodeAt(at));
      if (child === undefined || sharedLength(child.label, prefix, at) < Math.min(child.label.length, prefix.length - at)) return false;
      node = child;
    }
    const nodes = [node];
    for (let next = nodes.pop(); next !== undefined; next = nodes.pop()) {
      if (next.value !== undefined && test(next.value)) return true;
      for (const child of next.children?.values() ?? []) nodes.push(child);
    }
    return false;
  }

  /** The node of a prefix, made where there is none. */
  #grow(prefix: Uri): Node<T> {
    let node = this.#root;
    let at = 0;
    while (at < prefix.length) {
      const child = node.children?.get(prefix.charCodeAt(at));
      if (child === undefined) return adopt(node, { label: prefix.slice(at), value: undefined, children: undefined });
      const shared = sharedLength(child.label, prefix, at);
      if (shared < child.label.length) split(child, shared);
      at += shared;
      node = child;
    }
    return node;
  }

  #prune(node: Node<T>, parent: Node<T>): void {
    if (node === this.#root) return;
    if (node.children !== undefined) {
      absorbOnlyChild(node);
      return;
    }
    parent.children?.delete(node.label.charCodeAt(0));
    if (parent.children?.size === 0) parent.children = undefined;
    if (parent !== this.#root) absorbOnlyChild(parent);
  }
}

/** The child whose whole label stands in the URI at this place. */
function step<T>(node: Node<T>, uri: Uri, at: number): Node<T> | undefined {
  const child = at < uri.length ? node.children?.get(uri.charCodeAt(at)) : undefined;
  return child !== undefined && uri.startsWith(child.label, at) ? child : undefined;
}

function adopt<T>(parent: Node<T>, child: Node<T>): Node<T> {
  parent.children ??= new Map();
  parent.children.set(child.label.charCodeAt(0), child);
  return child;
}

/** Parts a node in two after `length` characters. It stays its parent's child and becomes the upper one. */
function split<T>(node: Node<T>, length: number): void {
  const lower: Node<T> = { label: node.label.slice(length), value: node.value, children: node.children };
  node.label = node.label.slice(0, length);
  node.value = undefined;
  node.children = undefined;
  adopt(node, lower);
}

/** The opposite of {@link split}, where a node neither holds a value nor parts anything any more. */
function absorbOnlyChild<T>(node: Node<T>): void {
  if (node.value !== undefined || node.children?.size !== 1) return;
  for (const only of node.children.values()) {
    node.label += only.label;
    node.value = only.value;
    node.children = only.children;
  }
}

function sharedLength(label: string, uri: Uri, at: number): number {
  const limit = Math.min(label.length, uri.length - at);
  let length = 0;
  while (length < limit && label.charCodeAt(length) === uri.charCodeAt(at + length)) length++;
  return length;
}
