import { info, warning } from "@actions/core";
import { createNarrator } from "../core/describe.ts";
import type { JournalLine } from "../core/journal.ts";
import { formatDuration } from "../core/spec/duration.ts";
import { realClock } from "../phases/clock.ts";
import { type Journal, openJournal } from "../phases/journal.ts";
import { onOneLine } from "./log-text.ts";

/**
 * A journal whose news is said in the job's log, too, with the time since now; a job that would take too long is also an
 * annotation. `onLine` hears every line first.
 */
export function openSpokenJournal(path: string, onLine: (line: JournalLine) => void = () => {}): Journal {
  const startedAtMs = realClock.nowMs();
  const narrate = createNarrator();
  return openJournal(path, realClock.nowMs, (line) => {
    onLine(line);
    const said = narrate(line);
    if (line.kind === "long-job" && said) warning(onOneLine(said.text), { title: "Sluice: time limit" });
    else if (said) info(`${formatDuration(line.atMs - startedAtMs).padStart(7)}  ${onOneLine(said.text)}`);
  });
}
