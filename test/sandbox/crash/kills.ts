import type { Kill } from "./phases.ts";
import type { World } from "./world.ts";

type Call = World["sandbox"]["calls"]["calls"][number];

/**
 * Every call at which death leaves another account behind: before and after each write, and the first of the
 * reads that follow each other without a write and without time between them.
 */
export function killsAt(calls: readonly Call[], writesOnly = false): readonly Kill[] {
  return calls.flatMap(({ write, atMs }, index): readonly Kill[] => {
    const call = index + 1;
    if (write)
      return [
        { call, when: "before" },
        { call, when: "after" },
      ];
    if (writesOnly) return [];
    const last = calls[index - 1];
    return last && !last.write && last.atMs === atMs ? [] : [{ call, when: "before" }];
  });
}
