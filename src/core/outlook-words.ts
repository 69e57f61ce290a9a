import { time } from "./advise/words.ts";
import { formatCount, formatShare } from "./count-words.ts";
import type {
  Caught,
  Outlook,
  RampOutlook,
  RampSighting,
  Regression,
  Remedy,
  StepOutlook,
} from "./outlook.ts";
import { formatPercent } from "./weights.ts";

/** In a sentence: "5 times the error rate", "a release that fails 5 % of its requests". */
export function regressionText(regression: Regression): string {
  if (regression.kind === "share")
    return `a release that fails ${formatShare(regression.percent)} of its requests`;
  return `${regression.times === 2 ? "twice" : `${regression.times} times`} the error rate`;
}

/** For the log: what the whole release shows of the measure, and the first of what would better be otherwise. */
export function outlookSentence(outlook: Outlook): string {
  if (outlook.kind === "unknown") return `what the gates can see is not known: ${outlook.reason}`;
  const measured = outlook.ramp.find(({ regression }) => isSame(regression, outlook.measure));
  const [first, ...more] = outlookWarnings(outlook);
  const parts = [
    ...(measured ? [sightingText(measured)] : []),
    ...(first === undefined ? [] : [first]),
    ...(more.length === 0 ? [] : [`${more.length} more to mind`]),
  ];
  return `what the errors gate can see: ${parts.join("; ")}`;
}

/** Whether somebody should look at it before the release. */
export function isDoubtful(outlook: Outlook): boolean {
  return outlook.kind === "seen" && outlookWarnings(outlook).length > 0;
}

/** For a page: at which traffic, and what the whole release shows of each regression. */
export function outlookLines(outlook: RampOutlook): readonly string[] {
  return [trafficText(outlook), ...outlook.ramp.map(sightingText)];
}

/** "At 1,200 requests a minute (the last hour), 0.2 % of them bad (the last day), …". */
function trafficText({ traffic, lagMs, warmUpMs, isDryRun }: RampOutlook): string {
  const { requestsPerMinute, badPercent, isRateUnknown, dispersion } = traffic;
  const bad = isRateUnknown
    ? "too few of them bad to know a rate"
    : `${formatShare(badPercent)} of them bad${dispersion >= 2 ? `, in clusters of about ${formatCount(dispersion)}` : ""}`;
  const dry = isDryRun ? "; the gate is a dry run, and would only report" : "";
  const cold = warmUpMs ? `, the first ${time(warmUpMs)} of each step uncounted` : "";
  return `at ${rateText(requestsPerMinute)} requests a minute, ${bad}, with metrics that come ${time(lagMs)} late${cold}${dry}`;
}

/** "10 times the error rate is caught after about 10m, at 25 %, with 33 bad requests; nine times in ten within 19m …". */
function sightingText({ regression, chance, typically, nineInTen }: RampSighting): string {
  const what = regressionText(regression);
  if (!typically)
    return `${what} is likely to pass: the chance to catch it before the last bake is over is ${chanceText(chance)}`;
  const first = `${what} is caught after about ${time(typically.afterMs)}, at ${formatPercent(typically.percent)}, with ${badText(typically)}`;
  return nineInTen
    ? `${first}; nine times in ten within ${time(nineInTen.afterMs)}, with ${badText(nineInTen)}`
    : `${first}; ${chanceText(chance)} of such releases are caught at all`;
}

/** "33 bad requests". */
export function badText({ badRequests }: Caught): string {
  const count = Math.max(1, Math.round(badRequests));
  return `${formatCount(count)} bad request${count === 1 ? "" : "s"}`;
}

/** What of the steps would better be otherwise, a sentence each. */
export function outlookWarnings(outlook: RampOutlook): readonly string[] {
  return [...floorWarning(outlook), ...volumeWarning(outlook), ...blindWarning(outlook)];
}

/** Where even the largest multiple stays unseen, whatever the bake. */
function floorWarning({ measure, ramp, traffic, minRequests }: RampOutlook): readonly string[] {
  const largest = ramp.findLast(({ regression }) => regression.kind === "times")?.regression;
  const decides = `the time of the bake and ${formatCount(minRequests)} requests are all that decides`;
  if (measure === undefined) {
    const unseen = largest ?? ramp.at(-1)?.regression;
    const what = unseen ? `not even ${regressionText(unseen)}` : "no regression";
    return [`there is so little traffic that ${what} would be seen in a bake of 1h: ${decides}`];
  }
  if (measure.kind === "times") return [];
  const why = traffic.isRateUnknown
    ? "so few requests go bad that nothing is known of multiples"
    : `so few requests go bad that not even ${largest ? regressionText(largest) : "a multiple"} would be seen in a bake of 1h`;
  return [`${why}: short of ${regressionText(measure)}, ${decides}`];
}

function volumeWarning({ steps, patienceMs, minRequests }: RampOutlook): readonly string[] {
  const thin = steps.filter(
    ({ bakeMs, enoughMs }) => (enoughMs ?? Number.POSITIVE_INFINITY) > bakeMs + patienceMs,
  );
  if (thin.length === 0) return [];
  const takes = thin.map(({ percent, enoughMs }) => {
    const how = enoughMs === undefined ? "never come" : `take ${time(enoughMs)}`;
    return `${how} at ${formatPercent(percent)}`;
  });
  return [
    `the ${formatCount(minRequests)} requests without which no step passes ${takes.join(", ")}: longer than the bake and the patience of ${time(patienceMs)}, so that a person is asked`,
  ];
}

function blindWarning({ steps, measure }: RampOutlook): readonly string[] {
  const blind = steps.filter(({ isBlind }) => isBlind);
  if (!measure || blind.length === 0) return [];
  const bakes = blind.map(({ percent, bakeMs }) => `${time(bakeMs)} at ${formatPercent(percent)}`);
  const lines = remediesOf(blind).map(({ yaml }) => `\`${yaml}\``);
  const instead = lines.length > 0 ? `; what would do: ${lines.join(", ")}` : "; so is one of 1h";
  return [`too short a bake to see ${regressionText(measure)}: ${bakes.join(", ")}${instead}`];
}

/** All batches have the same bake, which has to do for each of them. */
function remediesOf(steps: readonly StepOutlook[]): readonly Remedy[] {
  const remedies = steps.flatMap((step) => step.remedies);
  const longestBatch = remedies
    .filter(({ of }) => of === "batch")
    .reduce<Remedy | undefined>((most, one) => (most && most.bakeMs >= one.bakeMs ? most : one), undefined);
  return remedies.filter((one) => one.of !== "batch" || one === longestBatch);
}

function isSame(one: Regression, other: Regression | undefined): boolean {
  if (one.kind === "times") return other?.kind === "times" && other.times === one.times;
  return other?.kind === "share" && other.percent === one.percent;
}

const chanceText = (chance: number): string =>
  chance < 0.005 ? "less than 1 %" : chance > 0.995 ? "more than 99 %" : `${Math.round(100 * chance)} %`;

const rateText = (perMinute: number): string =>
  perMinute >= 10 ? formatCount(perMinute) : String(Number(perMinute.toPrecision(2)));
