import type { AlarmState } from "../../core/levels.ts";
import type { GatesSpec } from "../../core/spec/gate-schema.ts";
import type { Verdict } from "../../core/verdict.ts";
import { worstOf } from "./overall.ts";

type AlarmVerdict = Pick<Verdict, "kind" | "reason" | "isIncident">;

/**
 * What CloudWatch's alarms say: at most one verdict of those that act, then one of the dry runs.
 *
 * @param states of all alarms that exist, in any order
 * @param sinceMs an alarm that went off before is not this release's fault
 */
export function judgeAlarms(
  states: readonly AlarmState[],
  alarms: GatesSpec["alarms"],
  sinceMs: number,
): readonly Verdict[] {
  const byName = new Map(states.map((state) => [state.name, state]));
  return [false, true].flatMap((isDryRun): readonly Verdict[] => {
    const judged = alarms
      .filter((alarm) => isDryRunAlarm(alarm) === isDryRun)
      .map((alarm) => judgeAlarm(nameOf(alarm), byName.get(nameOf(alarm)), sinceMs));
    const worst = worstOf(judged);
    const [first] = worst;
    if (!first) return [];
    return [
      {
        kind: first.kind,
        gate: "alarms",
        reason: worst.map(({ reason }) => reason).join("; "),
        ...(isDryRun ? { isDryRun: true as const } : {}),
        ...(worst.some(({ isIncident }) => isIncident) ? { isIncident: true as const } : {}),
      },
    ];
  });
}

/** Where CloudWatch cannot be asked: a verdict of those that act, then one of the dry runs. */
export function unaskedAlarms(alarms: GatesSpec["alarms"], reason: string): readonly Verdict[] {
  const verdict = { kind: "error", gate: "alarms", reason } as const;
  return [
    ...(alarms.every(isDryRunAlarm) ? [] : [verdict]),
    ...(alarms.some(isDryRunAlarm) ? [{ ...verdict, isDryRun: true } as const] : []),
  ];
}

/** The alarm's name, as the spec has it alone or in an object. */
export const nameOf = (alarm: GatesSpec["alarms"][number]): string =>
  typeof alarm === "string" ? alarm : alarm.name;

export const isDryRunAlarm = (alarm: GatesSpec["alarms"][number]): boolean =>
  typeof alarm !== "string" && alarm["dry-run"];

function judgeAlarm(name: string, alarm: AlarmState | undefined, sinceMs: number): AlarmVerdict {
  if (!alarm) return { kind: "error", reason: `there is no alarm ${name}` };
  const time = `${new Date(alarm.sinceMs).toISOString().slice(11, 19)} UTC`;
  switch (alarm.state) {
    case "OK":
      return { kind: "healthy", reason: `${name} is OK` };
    case "INSUFFICIENT_DATA": {
      const hint = "TreatMissingData notBreaching makes it OK where no data is good news";
      return { kind: "insufficient", reason: `${name} has no data; ${hint}` };
    }
    case "ALARM": {
      if (alarm.sinceMs >= sinceMs)
        return { kind: "regress", reason: `${name} went off at ${time}: ${alarm.reason}` };
      const reason = `${name} was in ALARM before the step, since ${time}: ${alarm.reason}`;
      return { kind: "insufficient", reason, isIncident: true };
    }
  }
}
