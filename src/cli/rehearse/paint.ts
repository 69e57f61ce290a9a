import picocolors from "picocolors";

/** What a piece of text means; how it looks is decided in one place. */
export type Tone = "plain" | "faint" | "strong" | "good" | "bad" | "warn";

export interface Span {
  readonly text: string;
  readonly tone: Tone;
}

/** Writes text in a tone. Without colours it is the text itself. */
export type Paint = (text: string, tone: Tone) => string;

export const span = (text: string, tone: Tone = "plain"): Span => ({ text, tone });

/** Colours go to terminals only, and only where NO_COLOR (https://no-color.org) is not set. */
export function createPaint(
  output: { isTTY?: boolean | undefined },
  env: { NO_COLOR?: string | undefined },
): Paint {
  const colors = picocolors.createColors(output.isTTY === true && !env.NO_COLOR);
  const tones: Readonly<Record<Tone, (text: string) => string>> = {
    plain: (text) => text,
    faint: colors.dim,
    strong: colors.bold,
    good: colors.green,
    bad: colors.red,
    warn: colors.yellow,
  };
  return (text, tone) => tones[tone](text);
}

/** One line, cut to `columns` with an ellipsis, so that a terminal never wraps it. */
export function paintLine(spans: readonly Span[], columns: number, paint: Paint): string {
  const length = spans.reduce((sum, one) => sum + one.text.length, 0);
  let left = length > columns ? columns - 1 : columns;
  let line = "";
  for (const { text, tone } of spans) {
    const shown = text.slice(0, Math.max(0, left));
    left -= shown.length;
    if (shown !== "") line += paint(shown, tone);
  }
  return length > columns ? `${line}…` : line.trimEnd();
}

/** The terminal codes that replace the `previous` lines just above the cursor by `lines`. */
export function redraw(previous: number, lines: readonly string[]): string {
  const up = previous > 0 ? `\u001b[${previous}A\r\u001b[0J` : "";
  return `${up}${lines.join("\n")}\n`;
}
