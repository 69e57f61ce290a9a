import { renderFrame } from "./frame.ts";
import { renderLine } from "./line.ts";
import { createPaint, redraw } from "./paint.ts";
import {
  beginView,
  followEvent,
  isNoteworthy,
  type ReleaseOutline,
  type ReleaseView,
  type TimelineEvent,
  whyTakenBack,
} from "./timeline.ts";

/** Where a rehearsal is shown. Standard output has all of this. */
export interface Screen {
  readonly isTTY?: boolean | undefined;
  readonly columns?: number | undefined;
  write(text: string): unknown;
}

/** Shows a release while it happens: a live view on a terminal, a line for each noteworthy event in a log. */
export class Display {
  readonly paint: ReturnType<typeof createPaint>;
  readonly #screen: Screen;
  #view: ReleaseView | undefined;
  #drawn = 0;

  constructor(screen: Screen, environment: { NO_COLOR?: string | undefined }) {
    this.#screen = screen;
    this.paint = createPaint(screen, environment);
  }

  say(text: string): void {
    this.#screen.write(`${text}\n`);
  }

  begin(release: ReleaseOutline): void {
    this.#view = beginView(release);
    this.#drawn = 0;
    if (!this.#screen.isTTY) this.say(`\n${this.paint(`${release.name}, ${release.strategy}`, "strong")}`);
  }

  show(event: TimelineEvent): void {
    const view = this.#view;
    if (!view) return;
    if (!this.#screen.isTTY && isNoteworthy(event, view)) {
      const isRollback = event.kind === "rollback";
      const told = isRollback ? { ...event, reason: whyTakenBack(view, event.reason) } : event;
      this.say(renderLine(told, this.paint));
    }
    this.#view = followEvent(view, event);
    if (this.#screen.isTTY) this.#draw(this.#view);
  }

  /** Leaves the last view standing and goes on below it. */
  end(): void {
    this.#view = undefined;
    if (this.#screen.isTTY) this.say("");
  }

  #draw(view: ReleaseView): void {
    const lines = renderFrame(view, { paint: this.paint, columns: this.#screen.columns ?? 80 });
    this.#screen.write(redraw(this.#drawn, lines));
    this.#drawn = lines.length;
  }
}
