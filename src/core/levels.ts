/** A metric's value in the period that began at `atMs`. */
export interface LevelPoint {
  readonly atMs: number;
  /** Averaged over the tasks of the service: 0-100, more where a task may burst. */
  readonly percent: number;
}

/** One resource's use, in order: complete periods before the step's weight was recorded, and those since. */
export interface Level {
  readonly before: readonly LevelPoint[];
  readonly since: readonly LevelPoint[];
}

/** How much of its CPU and memory the whole service uses: AWS does not say it of each version. What was not asked for is absent. */
export type SaturationReading = Readonly<Partial<Record<"cpu" | "memory", Level>>>;

/** A CloudWatch alarm as it stands, metric or composite. */
export interface AlarmState {
  readonly name: string;
  readonly state: "OK" | "ALARM" | "INSUFFICIENT_DATA";
  /** When it entered that state (StateTransitionedTimestamp; a reason may be updated later without a transition). */
  readonly sinceMs: number;
  /** As CloudWatch gives it: "Threshold Crossed: 1 datapoint [12.0 (…)] was greater than …". */
  readonly reason: string;
}
