import { defineConfig } from "vitest/config";

/**
 * `unit` is pure and quick; `sandbox` runs the real bundles against the local AWS, two files at a time, since they mostly
 * wait; `virtual` runs the controller against it on virtual time; `clients` needs the AWS CLI, which test/clients/run.sh
 * installs; `prometheus` needs Prometheus, which test/prometheus/run.sh unpacks; `workflow` needs act, which
 * test/workflow/run.sh installs.
 */
export default defineConfig({
  test: {
    projects: [
      { test: { name: "unit", include: ["test/unit/**/*.test.ts"], testTimeout: 60_000 } },
      {
        test: {
          name: "sandbox",
          include: ["test/sandbox/*.test.ts"],
          globalSetup: ["test/sandbox/bundle.ts"],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          maxWorkers: 2,
        },
      },
      {
        test: {
          name: "virtual",
          include: ["test/sandbox/crash/**/*.test.ts"],
          testTimeout: 240_000,
          hookTimeout: 60_000,
          fileParallelism: false,
        },
      },
      {
        test: {
          name: "clients",
          include: ["test/clients/**/*.test.ts"],
          globalSetup: ["test/sandbox/bundle.ts"],
          testTimeout: 120_000,
        },
      },
      {
        test: {
          name: "prometheus",
          include: ["test/prometheus/**/*.test.ts"],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: "workflow",
          include: ["test/workflow/**/*.test.ts"],
          globalSetup: ["test/workflow/setup.ts"],
          testTimeout: 180_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
