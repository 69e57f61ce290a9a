import type { Paint, Tone } from "./paint.ts";
import type { TimelineEvent } from "./timeline.ts";
import { formatCount, formatElapsed, formatLatency, formatPercent, onOneLine } from "./words.ts";

interface Wording {
  readonly label: string;
  readonly text: string;
  readonly tone: Tone;
}

const LABEL_WIDTH = 10;

/** One line of a log: elapsed time, what kind of thing, and what. `isNoteworthy` says which are worth one. */
export function renderLine(event: TimelineEvent, paint: Paint): string {
  const { label, text, tone } = wording(event);
  return `${paint(formatElapsed(event.atSeconds), "faint")}  ${label.padEnd(LABEL_WIDTH)}${paint(onOneLine(text), tone)}`;
}

function wording(event: TimelineEvent): Wording {
  switch (event.kind) {
    case "phase-begun":
      return { label: event.phase, text: "…", tone: "faint" };
    case "phase-reached":
      return { label: event.phase, text: "✓", tone: "good" };
    case "weight":
      return { label: "weight", text: byVersion(event.weights, formatPercent), tone: "strong" };
    case "healthy": {
      const { version, healthy, expected } = event;
      const tone = healthy < expected ? "warn" : "plain";
      const text = `version ${version}: ${expected === 0 ? "none left" : `${healthy} of ${expected} healthy`}`;
      return { label: "tasks", text, tone };
    }
    case "verdict": {
      const tone = event.verdict === "regress" ? "bad" : "plain";
      return { label: "gate", text: event.told, tone };
    }
    case "task-failure":
      return { label: "task", text: `${event.version}: ${event.reason}`, tone: "warn" };
    case "rollback":
      return { label: "rollback", text: event.reason, tone: "bad" };
    case "route":
      return { label: "route", text: `users with ${event.label} get the new version`, tone: "strong" };
    case "held":
      return { label: "held", text: `for a person: ${event.reason}`, tone: "warn" };
    case "note":
      return { label: "note", text: event.text, tone: "plain" };
    case "sample": {
      const text = byVersion(event.perVersion, ({ requests, failed, p99Ms }) => {
        return `${formatCount(requests)} requests, ${formatCount(failed)} failed, p99 ${formatLatency(p99Ms)}`;
      });
      return { label: "traffic", text, tone: "plain" };
    }
  }
}

const nameOf = (version: string): string => (version === "none" ? "no answer" : `version ${version}`);

function byVersion<T>(values: Readonly<Record<string, T>>, format: (value: T) => string): string {
  const parts = Object.entries(values).map(([version, value]) => `${nameOf(version)}: ${format(value)}`);
  return parts.join("   ");
}
