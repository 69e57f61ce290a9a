import { writeFileSync } from "node:fs";
import { type Figure, misses, ratioOf } from "./figure.ts";

/**
 * Says how many bounds are missed, and writes the report as JSON where `file` is given: what `details` says, with each
 * figure's ratio. Returns the exit status: 1 when a stated bound is missed.
 */
export function conclude(figures: readonly Figure[], details: object, file: string | undefined): number {
  const missed = figures.filter(misses);
  process.stdout.write(`${missed.length} of ${figures.filter(({ bound }) => bound).length} bounds missed\n`);
  if (file !== undefined) {
    const rated = figures.map((figure) => ({ ...figure, ratio: ratioOf(figure), missed: misses(figure) }));
    const report = { ...details, ok: missed.length === 0, figures: rated };
    writeFileSync(file, `${JSON.stringify(report, null, 2)}\n`);
  }
  return missed.length === 0 ? 0 : 1;
}

/** Runs a bench to its exit status; what it throws is said in a line. */
export async function runBench(main: () => number | Promise<number>): Promise<void> {
  try {
    process.exitCode = await main();
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : error}\n`);
    process.exitCode = 1;
  }
}
