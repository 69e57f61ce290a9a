import { describe, expect, test } from "vitest";
import { checkOptions, type RehearseOptions } from "../../../../src/cli/rehearse/options.ts";

const surroundings = {
  screen: { write: () => undefined },
  environment: {},
  signal: new AbortController().signal,
};
const check = (options: Partial<RehearseOptions>) => checkOptions({ ...surroundings, ...options });

describe("the options of a rehearsal", () => {
  test("have defaults", () => {
    expect(check({})).toEqual({
      strategy: undefined,
      desiredCount: 4,
      requestsPerSecond: 320,
      healthPath: "/",
      paths: ["/"],
      versionVariable: "VERSION",
    });
  });

  test("are read", () => {
    const given = {
      strategy: "rolling",
      desiredCount: "7",
      requestsPerSecond: "50",
      spec: "s.yml",
      app: "run",
    };
    expect(check({ ...given, path: ["/a", "/b"], healthPath: "/up", versionEnv: "RELEASE" })).toEqual({
      strategy: "rolling",
      desiredCount: 7,
      requestsPerSecond: 50,
      healthPath: "/up",
      paths: ["/a", "/b"],
      versionVariable: "RELEASE",
    });
  });

  test.each<[Partial<RehearseOptions>, string]>([
    [{ strategy: "fast" }, "--strategy: fast is none of canary, blue-green, rolling"],
    [{ desiredCount: "0" }, "--desired-count: 0 is no whole number from 1 to 20"],
    [{ desiredCount: "2.5" }, "--desired-count: 2.5 is no whole number from 1 to 20"],
    [{ requestsPerSecond: "1001" }, "--requests-per-second: 1001 is no whole number from 20 to 1000"],
    [{ requestsPerSecond: "" }, "--requests-per-second:  is no whole number from 20 to 1000"],
    [{ app: "run" }, "--app: it needs --spec FILE, the spec of the service that the command serves"],
    [{ app: " ", spec: "s.yml" }, "--app: the command is empty"],
    [{ badApp: "run" }, "--bad-app: it belongs to --app"],
    [{ healthPath: "/up" }, "--health-path: it belongs to --app"],
    [{ app: "run", spec: "s.yml", healthPath: "up" }, "--health-path: up does not begin with /"],
    [
      { app: "run", spec: "s.yml", versionEnv: "MY-VERSION" },
      "--version-env: MY-VERSION is no name of a variable",
    ],
  ])("%o are refused", (options, message) => {
    expect(() => check(options)).toThrow(message);
  });

  test("are refused all at once", () => {
    expect(() => check({ strategy: "fast", desiredCount: "x" })).toThrow(/--strategy[\s\S]*--desired-count/);
  });
});
