/** Of the 5 queries that an identity may run at once (azure.md 3.3): other releases have theirs. */
const AT_ONCE = 2;

/** Runs the tasks, at most two at once, and gives what became of each, in their order. Never rejects. */
export async function sideBySide<T>(
  tasks: readonly (() => Promise<T>)[],
): Promise<readonly PromiseSettledResult<T>[]> {
  const results: PromiseSettledResult<T>[] = [];
  const waiting = tasks.entries();
  const work = async (): Promise<void> => {
    for (const [index, task] of waiting) {
      const [result] = await Promise.allSettled([task()]);
      results[index] = result;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  return results;
}
