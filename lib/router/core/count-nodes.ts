interface Node {
  readonly value: unknown;
  readonly children: ReadonlyMap<unknown, Node> | undefined;
}

/** How many nodes a tree has; none where its root has neither a value nor a table of children. Keeps its own stack, as trees may be deep. */
export function countNodes(root: Node): number {
  if (root.value === undefined && root.children === undefined) return 0;
  const found = [root];
  for (const { children } of found) if (children !== undefined) found.push(...children.values());
  return found.length;
}
