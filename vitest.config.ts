import { defineConfig } from "vitest/config";

/**
 * `unit` is pure and quick; `sandbox` runs the real bundles against the local AWS, one file at a time; `clients`
 * needs the AWS CLI, which test/clients/run.sh installs.
 */
export default defineConfig({
  test: {
    projects: [
      { test: { name: "unit", include: ["test/unit/**/*.test.ts"] } },
      {
        test: {
          name: "sandbox",
          include: ["test/sandbox/**/*.test.ts"],
          globalSetup: ["test/sandbox/bundle.ts"],
          testTimeout: 120_000,
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
    ],
  },
});
