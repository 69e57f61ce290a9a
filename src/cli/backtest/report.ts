import type { TraceProblem } from "../../evidence/backtest/parse-trace.ts";
import type { Replay } from "../../evidence/backtest/replay.ts";
import type { Trace } from "../../evidence/backtest/trace.ts";

/** What came of one trace. */
export type TraceReport =
  | { readonly kind: "replayed"; readonly file: string; readonly trace: Trace; readonly replay: Replay }
  | {
      readonly kind: "unusable";
      readonly file: string;
      readonly problems: readonly TraceProblem[];
      /** How many more there are. */
      readonly omitted: number;
    };

/** 0: healthy. 1: a regression. 2: unusable input. 3: insufficient evidence. Of several traces the worst: 2, 1, 3, 0. */
export type BacktestStatus = 0 | 1 | 2 | 3;

const FROM_THE_WORST: readonly BacktestStatus[] = [2, 1, 3, 0];

export function statusOf(reports: readonly TraceReport[]): BacktestStatus {
  const statuses = reports.map(oneStatusOf);
  return FROM_THE_WORST.find((status) => statuses.includes(status)) ?? 2;
}

function oneStatusOf(report: TraceReport): BacktestStatus {
  if (report.kind === "unusable") return 2;
  switch (report.replay.overall.verdict.kind) {
    case "healthy":
      return 0;
    case "regress":
      return 1;
    case "error":
      return 2;
    case "insufficient":
      return 3;
  }
}
