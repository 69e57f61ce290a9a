import { expect, test } from "vitest";
import type { Infrastructure } from "../../../../src/core/preflight/infrastructure.ts";
import { containerOf, containerProblems, serviceProblems } from "../../../../src/core/preflight/service.ts";
import { infrastructure } from "../infrastructure.ts";
import { BLUE, spec } from "../world.ts";

const sets = (count: number, status = "DRAINING") =>
  Array.from({ length: count }, (_, index) => ({
    id: `ecs-svc/${index}`,
    status,
    targetGroupArn: BLUE,
    container: { name: "app", port: 8080 },
  }));

test.each<[string, Partial<Infrastructure>, boolean | undefined, RegExp]>([
  ["nothing wrong", {}, undefined, /^$/],
  ["the ECS controller", { controller: "ECS" }, false, /controller is ECS; task sets need EXTERNAL/],
  ["a service being deleted", { status: "DRAINING" }, false, /^it is DRAINING$/],
  ["a short ARN", { serviceArn: "arn:aws:ecs:eu-west-1:1:service/orders" }, false, /old short format/],
  ["nothing desired", { desiredCount: 0 }, true, /desired count is 0/],
  ["four task sets", { taskSets: [...sets(3), ...sets(1, "ACTIVE")] }, undefined, /^$/],
  ["no task set but draining ones", { taskSets: sets(2) }, undefined, /^$/],
  [
    "five task sets",
    { taskSets: [...sets(4), ...sets(1, "ACTIVE")] },
    true,
    /has 5 task sets \(1 not draining\), and AWS allows 5/,
  ],
])("%s", (_name, more, onlyRelease, message) => {
  const problems = serviceProblems(infrastructure(more));
  expect(problems.map((problem) => problem.onlyRelease)).toEqual(
    onlyRelease === undefined ? [] : [onlyRelease],
  );
  expect(problems.map((problem) => problem.message).join("")).toMatch(message);
});

test.each<[string, Partial<Infrastructure>, string | undefined, RegExp]>([
  ["nothing wrong", {}, undefined, /^$/],
  ["a container of the spec that is not there", {}, "web", /no container web; it has app, log/],
  ["neither container there", { containers: ["x"] }, "web", /no container app and no web; it has x/],
  [
    "no container behind the load balancer",
    { taskSets: sets(1, "PRIMARY").map((set) => ({ ...set, container: undefined })) },
    undefined,
    /names no container/,
  ],
  ["no task set at all", { taskSets: [] }, undefined, /^$/],
])("%s", (_name, more, container, message) => {
  const problems = containerProblems(spec(container ? { container } : {}), infrastructure(more));
  expect(problems.map((problem) => problem.message).join("")).toMatch(message);
});

test("the container is that of a set that is not leaving", () => {
  const leaving = sets(1).map((set) => ({ ...set, container: { name: "old", port: 1 } }));
  const taskSets = [...leaving, ...sets(1, "ACTIVE")];
  expect(containerOf(infrastructure({ taskSets }))).toEqual({ name: "app", port: 8080 });
});
