import type { WireCall } from "../wire/gate.ts";
import type { History } from "./history.ts";
import { type Picture, watchedServices } from "./picture.ts";
import { assessCapacity } from "./rules/capacity-before-weight.ts";
import { assessNewCohorts, findMisplaced } from "./rules/cohort.ts";
import { assessBelowDesired } from "./rules/rolling.ts";
import { assessStableShrunk } from "./rules/stable-shrunk.ts";
import { findUnreadChanges } from "./rules/unread-write.ts";
import { assessWeightFirst } from "./rules/weight-first.ts";
import type { ServiceState } from "./state.ts";
import { subjectOf } from "./subject.ts";
import type { RuleName } from "./violation.ts";

export interface Finding {
  readonly rule: RuleName;
  readonly message: string;
}

/** A write and the moments around it. `after` has been observed by the history. */
export interface Write {
  readonly call: WireCall;
  readonly before: Picture;
  readonly after: Picture;
}

/** What a write broke. `rolling`: the stable set may follow its weight. */
export function judgeWrite(history: History, write: Write, rolling: boolean): readonly Finding[] {
  const subject = subjectOf(write.call);
  switch (subject.kind) {
    case "routes":
      return subject.arns.flatMap((arn) => judgeRoute(history, write, arn));
    case "new-rule":
      return judgeNewRule(history, write);
    case "task-set":
      return judgeTaskSet(history, write, subject.reference, rolling);
    case "none":
      return [];
  }
}

function judgeRoute(history: History, write: Write, arn: string): readonly Finding[] {
  const befores = history.states(write.before);
  const capacity = history
    .states(write.after)
    .map((service) => onlyRoute(service, arn))
    .flatMap((service) =>
      assessCapacity(
        befores.find(({ arn }) => arn === service.arn),
        service,
      ),
    )
    .map((message): Finding => ({ rule: "capacity-before-weight", message }));
  return [...capacity, ...judgeChanges(history, write, arn)];
}

function judgeNewRule(history: History, { before, after }: Write): readonly Finding[] {
  const befores = history.states(before);
  const capacity = history.states(after).flatMap((service) =>
    assessNewCohorts(
      befores.find(({ arn }) => arn === service.arn),
      service,
    ),
  );
  const misplaced = findMisplaced(before.routes, after.routes, (arn) => history.isProduction(arn));
  return [
    ...capacity.map((message): Finding => ({ rule: "capacity-before-weight", message })),
    ...misplaced.map((message): Finding => ({ rule: "unread-write", message: `${message}.` })),
  ];
}

const onlyRoute = (service: ServiceState, arn: string): ServiceState => ({
  ...service,
  routes: service.routes.filter((route) => route.arn === arn),
});

/** Where several services share a route, the write is right if it is for any of them. */
function judgeChanges(history: History, { before, after }: Write, arn: string): readonly Finding[] {
  const was = before.routes.find((route) => route.arn === arn);
  if (!was || watchedServices(after).length === 0) return [];
  const is = after.routes.find((route) => route.arn === arn);
  const groups = Object.keys({ ...was.weights, ...is?.weights });
  const owners = history.owners(after, arn, groups);
  const stranger = { groups: [], stableGroups: [], production: false };
  const [fewest = []] = (owners.length > 0 ? owners : [stranger])
    .map((owner) => findUnreadChanges(was, is, owner))
    .sort((one, other) => one.length - other.length);
  if (fewest.length === 0) return [];
  const message = `The write to ${was.label} changed more than the service's weights: ${fewest.join("; ")}.`;
  return [{ rule: "unread-write", message }];
}

function judgeTaskSet(
  history: History,
  { before, after }: Write,
  reference: string,
  rolling: boolean,
): readonly Finding[] {
  const service = watchedServices(before).find(({ taskSets }) =>
    taskSets.some(({ id, arn }) => id === reference || arn === reference),
  );
  const id = service?.taskSets.find((set) => set.id === reference || set.arn === reference)?.id;
  if (!service || id === undefined) return [];
  const was = history.states(before).find((state) => state.arn === service.arn);
  const is = history.states(after).find((state) => state.arn === service.arn);
  if (!was || !is) return [];
  const early = assessWeightFirst(was, is, id, after.atMs);
  const shrunk = rolling ? undefined : assessStableShrunk(was, is, id, after.atMs);
  const below = assessBelowDesired(was, is, id);
  return [
    ...(early === undefined ? [] : [{ rule: "weight-first" as const, message: early }]),
    ...(shrunk === undefined ? [] : [{ rule: "stable-shrunk" as const, message: shrunk }]),
    ...(below === undefined ? [] : [{ rule: "capacity-below-desired" as const, message: below }]),
  ];
}
