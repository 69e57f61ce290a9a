import { stableId } from "../arns.ts";

/** Ids as AWS forms them, each from what it names and a counter: the same calls yield the same ids. */
export interface Ids {
  /** "ecs-svc/" and 19 digits. */
  taskSet(serviceArn: string): string;
  /** 32 hex digits. */
  task(taskSetArn: string): string;
  /** A UUID. */
  event(serviceArn: string): string;
}

export function createIds(): Ids {
  let counter = 0;
  const next = (): string => String(counter++);
  return {
    taskSet: (serviceArn) => `ecs-svc/${nineteenDigits(stableId(16, "task-set", serviceArn, next()))}`,
    task: (taskSetArn) => stableId(32, "task", taskSetArn, next()),
    event: (serviceArn) => uuid(stableId(32, "event", serviceArn, next())),
  };
}

/** A UUID of 32 hex digits. */
function uuid(hex: string): string {
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join("-");
}

const LOWEST = 10n ** 18n;

function nineteenDigits(hex: string): string {
  return String(LOWEST + (BigInt(`0x${hex}`) % (LOWEST * 8n)));
}
