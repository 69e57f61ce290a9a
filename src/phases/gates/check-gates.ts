import type { Clients } from "../../aws/clients.ts";
import { readAlarms } from "../../aws/levels.ts";
import { subjectOf } from "../../core/decide/judged-window.ts";
import { SluiceError } from "../../core/errors.ts";
import type { ObservedTaskSet } from "../../core/observation.ts";
import type { Plan } from "../../core/plan.ts";
import type { ServiceSpec } from "../../core/spec/schema.ts";
import { isDryRunAlarm, nameOf } from "../../evidence/gates/alarms.ts";
import { countsGates, createSources, type SourceContext } from "./sources.ts";
import { Versions } from "./versions.ts";

/** So long all sources together may take to say whether they know what they are asked for. */
const LIMIT_MS = 20_000;

/** Whether there is anything to ask that is not at hand in every account: a source of the team's own, or an alarm. */
export function hasOwnSources({ gates }: ServiceSpec): boolean {
  return gates.alarms.length > 0 || countsGates(gates).some(([, { from }]) => from !== undefined);
}

/**
 * Refuses a release whose gates could never be answered, or that has an alarm against it before it begins: an unknown
 * metric or alarm, a query without any series, a missing secret or permission. Throws SluiceError "configuration" with
 * all of them at once. A source that cannot be asked just now is no reason: gates hold as long as that is so.
 *
 * @param serving asked about, so that there should be something to find
 */
export async function checkGates(
  plan: Plan,
  serving: ObservedTaskSet,
  context: SourceContext,
): Promise<void> {
  const signal = AbortSignal.timeout(LIMIT_MS);
  const problems = (
    await Promise.all([countsProblems(plan, serving, context, signal), alarmProblems(plan, context.clients)])
  ).flat();
  if (problems.length === 0) return;
  const list = problems.length === 1 ? problems[0] : problems.map((problem) => `\n- ${problem}`).join("");
  throw new SluiceError("configuration", `the gates cannot judge a release: ${list}`, {
    hint: "Mend the gates, or what they look at, and run again. Nothing was changed.",
  });
}

async function countsProblems(
  plan: Plan,
  serving: ObservedTaskSet,
  context: SourceContext,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const sources = [...createSources(plan.spec, context)];
  const version = await new Versions(context.clients, plan).of(subjectOf(serving));
  const found = await Promise.all(
    sources.map(async ([name, { source }]) => {
      const problems = await problemsOr(() => source.check(version, context.clock.nowMs(), signal));
      return problems.map((problem) => `gate ${name}: ${problem}`);
    }),
  );
  return found.flat();
}

async function alarmProblems({ spec }: Plan, clients: Clients): Promise<readonly string[]> {
  const { alarms } = spec.gates;
  if (alarms.length === 0) return [];
  return problemsOr(async () => {
    const states = await readAlarms(clients, alarms.map(nameOf));
    return alarms.flatMap((alarm) => {
      const name = nameOf(alarm);
      const state = states.find((one) => one.name === name);
      if (!state) return [`gate alarms: there is no alarm ${name} in this Region`];
      if (state.state !== "ALARM" || isDryRunAlarm(alarm)) return [];
      return [
        `gate alarms: ${name} is in ALARM already, so it could not tell a bad release (${state.reason})`,
      ];
    });
  });
}

/** What only a later attempt can say is no problem of the spec. */
async function problemsOr(find: () => Promise<readonly string[]>): Promise<readonly string[]> {
  try {
    return await find();
  } catch (error) {
    if (!(error instanceof SluiceError)) throw error;
    return error.kind === "transient"
      ? []
      : [error.hint ? `${error.message} (${error.hint})` : error.message];
  }
}
