import type { Cancel, Clock } from "../clock.ts";
import type { Finding } from "./judge-write.ts";
import { findOrphans, ORPHAN_AFTER_MS, type Orphan } from "./rules/orphan.ts";
import { findSurge } from "./rules/rolling.ts";
import { findClashes } from "./rules/two-rollouts.ts";
import type { ServiceState } from "./state.ts";

export interface StandingParts {
  readonly clock: Clock;
  /** By service name. */
  readonly maxSurgeTasks: Readonly<Record<string, number>>;
  /** What is found at once. */
  readonly found: (finding: Finding) => void;
  /** A group has been an orphan for too long. */
  readonly orphaned: (orphan: Orphan) => void;
  /** Looks again, which calls `observe`. */
  readonly look: () => void;
}

/** Rules about how things stand rather than who wrote what; each breach is told once, until it has ended. */
export class Standing {
  readonly #parts: StandingParts;
  #clashes: ReadonlySet<string> = new Set();
  /** ARNs of services that have too many tasks. */
  #surging: ReadonlySet<string> = new Set();
  readonly #orphans = new Map<string, OrphanWatch>();

  constructor(parts: StandingParts) {
    this.#parts = parts;
  }

  observe(services: readonly ServiceState[]): void {
    const clashes = services.flatMap(findClashes);
    for (const { key, message } of clashes) {
      if (!this.#clashes.has(key)) this.#parts.found({ rule: "two-rollouts", message });
    }
    this.#clashes = new Set(clashes.map(({ key }) => key));
    this.#observeSurges(services);
    this.#observeOrphans(services.flatMap(findOrphans));
  }

  close(): void {
    for (const { cancel } of this.#orphans.values()) cancel();
    this.#orphans.clear();
  }

  #observeSurges(services: readonly ServiceState[]): void {
    const { maxSurgeTasks, found } = this.#parts;
    const surging = services.flatMap((service) => {
      const message = findSurge(service, maxSurgeTasks[service.name] ?? Number.POSITIVE_INFINITY);
      if (message === undefined) return [];
      if (!this.#surging.has(service.arn)) found({ rule: "surge", message });
      return [service.arn];
    });
    this.#surging = new Set(surging);
  }

  #observeOrphans(orphans: readonly Orphan[]): void {
    const { clock, orphaned, look } = this.#parts;
    const keys = new Set(orphans.map(({ key }) => key));
    for (const [key, watch] of this.#orphans) {
      if (keys.has(key)) continue;
      watch.cancel();
      this.#orphans.delete(key);
    }
    for (const orphan of orphans) {
      const watch = this.#orphans.get(orphan.key);
      if (!watch) {
        const cancel = clock.after(ORPHAN_AFTER_MS + 1, look);
        this.#orphans.set(orphan.key, { sinceMs: clock.nowMs(), cancel, told: false });
      } else if (!watch.told && clock.nowMs() - watch.sinceMs > ORPHAN_AFTER_MS) {
        watch.told = true;
        orphaned(orphan);
      }
    }
  }
}

interface OrphanWatch {
  readonly sinceMs: number;
  readonly cancel: Cancel;
  told: boolean;
}
