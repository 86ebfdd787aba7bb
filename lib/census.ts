/** How many of what an object holds, by plain names. What is 0 may be left out. */
export type Census = Readonly<Record<string, number>>;

/** What several hold together. */
export function addUp(...censuses: readonly Census[]): Census {
  const sum: Record<string, number> = {};
  for (const census of censuses) {
    for (const [name, count] of Object.entries(census)) sum[name] = (sum[name] ?? 0) + count;
  }
  return sum;
}
