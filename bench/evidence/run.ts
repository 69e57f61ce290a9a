import { parseArgs } from "node:util";
import { type Figure, renderFigures } from "../figure.ts";
import { conclude, runBench } from "../report.ts";
import { countFalseAlarms, type FalseAlarms, falseAlarmFigures, RULES, WARMED } from "./false-alarms.ts";
import { hurtFigures } from "./goals.ts";
import { type Hurt, measureHurt } from "./hurt.ts";
import { COLD, RATIOS, REGRESSED, SCENARIOS } from "./scenarios.ts";
import { measureSpeed } from "./speed.ts";
import { renderAlarms, renderHarms } from "./tables.ts";

const SEED = 20_261_121;
/** Of each good case, and of each regression: for a record 5,000 and 1,000. */
const DEFAULTS = { canaries: "500", regressed: "100" };

const say = (text: string): void => void process.stdout.write(`${text}\n\n`);

interface Report {
  readonly alarms: readonly FalseAlarms[];
  readonly cold: readonly FalseAlarms[];
  readonly warmed: readonly FalseAlarms[];
  readonly hurts: readonly Hurt[];
  readonly figures: readonly Figure[];
}

function measure(canaries: number, regressed: number): Report {
  const alarmsOf = (scenarios: typeof SCENARIOS, seed: number, rules = RULES) =>
    scenarios.map((scenario, index) => countFalseAlarms(scenario, { canaries, seed: seed + index }, rules));
  const alarms = alarmsOf(SCENARIOS, SEED);
  say(`Good canaries taken back, in percent:\n\n${renderAlarms(alarms)}`);
  const cold = alarmsOf(COLD, SEED + 50);
  say(`Canaries that are bad while they are cold, and good later:\n\n${renderAlarms(cold)}`);
  const warmed = alarmsOf(COLD, SEED + 50, WARMED);
  say(`The same, with a minute to warm up:\n\n${renderAlarms(warmed)}`);
  const hurts = REGRESSED.flatMap((scenario, index) =>
    measureHurt(scenario, RATIOS, { canaries: regressed, seed: SEED + 100 + index }),
  );
  say(`Bad canary requests until weight 0 (after how long; how many of the bad canaries were taken back)`);
  say(`The sequential test, on periods of so many seconds:\n\n${renderHarms(hurts, ["ours", "informed"])}`);
  say(`Others as documented (good canaries taken back):\n\n${renderHarms(hurts, ["default"])}`);
  say(`Others tuned to the same false alarms:\n\n${renderHarms(hurts, ["tuned"])}`);
  const speed = measureSpeed(SEED);
  const goals = [...hurts.flatMap(hurtFigures), ...speed];
  say(`Goals:\n\n${renderFigures(goals)}`);
  const kept = [...alarms, ...warmed].flatMap(falseAlarmFigures);
  return { alarms, cold, warmed, hurts, figures: [...kept, ...goals] };
}

function countOf(option: string, text: string): number {
  const count = Number(text);
  if (!Number.isInteger(count) || count < 1) throw new Error(`${option} takes a whole number, 1 or more`);
  return count;
}

/** Simulates, prints tables, and returns the exit status: 1 when a stated bound is missed. */
function main(): number {
  const { values } = parseArgs({
    options: {
      canaries: { type: "string", default: DEFAULTS.canaries },
      regressed: { type: "string", default: DEFAULTS.regressed },
      json: { type: "string" },
    },
  });
  const canaries = countOf("--canaries", values.canaries);
  const regressed = countOf("--regressed", values.regressed);
  say(
    `seed ${SEED}, 30 minutes each; ${canaries} good canaries in each case, ${regressed} of each regression`,
  );
  const startedAtMs = Date.now();
  const report = measure(canaries, regressed);
  const seconds = (Date.now() - startedAtMs) / 1000;
  return conclude(
    report.figures,
    { version: 2, seed: SEED, canaries, regressed, seconds, ...report },
    values.json,
  );
}

await runBench(main);
