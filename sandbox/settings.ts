import { z } from "zod";
import type { Settings } from "./ports.ts";

/** `settings:` of a sandbox file, in kebab-case as all of the file's own words about the sandbox. */
const delay = z.strictObject({ min: z.number().min(0), max: z.number().min(0) });

export const settingsSchema = z.strictObject({
  speed: z.number().positive().optional(),
  propagationDelayMs: delay.optional(),
  targetPropagationDelayMs: delay.optional(),
  taskStartMs: z.number().min(0).optional(),
  metricPeriodSeconds: z.number().positive().optional(),
  metricDelayMs: z.number().min(0).optional(),
  metricDelaysMs: z.record(z.string().min(1), z.number().min(0)).optional(),
  utilizationPercent: z
    .record(
      z.string().min(1),
      z.strictObject({ cpu: z.number().min(0).optional(), memory: z.number().min(0).optional() }),
    )
    .optional(),
  logDelayMs: z.number().min(0).optional(),
  emptyLogPages: z.int().min(0).optional(),
  stickyReachesWeightZero: z.boolean().optional(),
  drainingCountsAsTaskSet: z.boolean().optional(),
  staleReadsMs: z.number().min(0).optional(),
  taskLimit: z.int().min(0).optional(),
  longServiceArns: z.boolean().optional(),
  sessionSeconds: z.number().positive().optional(),
});

/** As AWS is, where that is known, and the less kind way where it is not. */
const AWS: Settings = {
  speed: 1,
  propagationDelayMs: { min: 100, max: 800 },
  taskStartMs: 1_000,
  metricPeriodSeconds: 60,
  metricDelayMs: 60_000,
  logDelayMs: 3_000,
  emptyLogPages: 1,
  stickyReachesWeightZero: true,
  drainingCountsAsTaskSet: true,
  staleReadsMs: 0,
  taskLimit: Number.POSITIVE_INFINITY,
  longServiceArns: true,
  sessionSeconds: Number.POSITIVE_INFINITY,
};

/** Settings that may be changed while the sandbox runs; each layer overrides the one before. */
export function settingsFrom(...layers: readonly Readonly<Record<string, unknown>>[]): Settings {
  const settings: Settings = { ...AWS };
  for (const layer of layers) {
    const given = settingsSchema.parse(layer);
    Object.assign(
      settings,
      Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
    );
  }
  return settings;
}
