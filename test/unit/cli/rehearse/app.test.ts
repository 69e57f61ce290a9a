import { spawn } from "node:child_process";
import { once } from "node:events";
import { resolve } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { afterEach, describe, expect, test } from "vitest";
import { createFreePorts } from "../../../../sandbox/runtime/free-port.ts";
import { type App, appImages, USER_AGENT } from "../../../../src/cli/rehearse/app.ts";

const APP: App = {
  command: "true",
  versionVariable: "RELEASE",
  directory: "/srv",
  environment: { DATABASE_URL: "db", AWS_SECRET_ACCESS_KEY: "secret", GITHUB_TOKEN: "secret", PORT: "1" },
  healthPath: "/",
  paths: ["/"],
};
const PROXY = { script: resolve("src/cli/rehearse/misbehave.mjs"), letThrough: ["/about"] };

const groups = new Set<number>();
afterEach(() => {
  for (const group of groups) {
    try {
      process.kill(-group, "SIGKILL");
    } catch {
      // it has ended by itself
    }
  }
  groups.clear();
});

function start(command: readonly string[], environment: Readonly<Record<string, string>> = {}) {
  const [program = "", ...args] = command;
  const child = spawn(program, args, {
    detached: true,
    stdio: ["ignore", "pipe", "inherit"],
    env: { PATH: process.env.PATH, ...environment },
  });
  if (child.pid) groups.add(child.pid);
  const exit = once(child, "exit").then(([code]) => code as number | null);
  return { child, exit, group: child.pid ?? 0 };
}

test("the images of an app differ by its version, and know no credentials", () => {
  const images = appImages("checkout", APP, PROXY);
  expect(Object.keys(images)).toEqual(["checkout:1", "checkout:2", "checkout:3"]);
  for (const version of ["1", "2", "3"]) {
    expect(images[`checkout:${version}`]).toMatchObject({ directory: "/srv" });
    expect(images[`checkout:${version}`]?.environment).toEqual({ DATABASE_URL: "db", RELEASE: version });
  }
  expect(images["checkout:2"]?.command).toEqual(images["checkout:1"]?.command);
  expect(images["checkout:3"]?.command).not.toEqual(images["checkout:1"]?.command);
});

describe("the shell of an app", () => {
  const commandOf = (command: string) => appImages("x", { ...APP, command }, PROXY)["x:1"]?.command ?? [];

  test("ends as the command does", async () => {
    expect(await start(commandOf("cd / && exit 3")).exit).toBe(3);
  });

  test("lets the command finish what it does after SIGTERM", async () => {
    const script =
      "process.on('SIGTERM',()=>setTimeout(()=>{console.log('done');process.exit(0)},300));console.log('up');setInterval(()=>{},1e3)";
    const { child, exit, group } = start(commandOf(`cd / && "${process.execPath}" -e "${script}"`));
    let said = "";
    child.stdout.on("data", (chunk) => {
      said += chunk;
    });
    while (!said.includes("up")) await sleep(20);
    process.kill(-group, "SIGTERM");
    expect(await exit).toBe(0);
    await sleep(20);
    expect(said).toBe("up\ndone\n");
  });
});

test("the bad release fails one user in five, and no check", async () => {
  const script =
    "require('http').createServer((q,r)=>r.end('fine')).listen(+process.env.PORT,process.env.HOST)";
  const images = appImages("x", { ...APP, command: `"${process.execPath}" -e "${script}"` }, PROXY);
  const port = await createFreePorts().take();
  start(images["x:3"]?.command ?? [], { PORT: String(port), HOST: "127.0.0.1" });
  const ask = async (path: string, agent: string): Promise<number> =>
    (await fetch(`http://127.0.0.1:${port}${path}`, { headers: { "user-agent": agent } })).status;
  const all = async (path: string, agent: string): Promise<readonly number[]> => {
    const statuses = [];
    for (let index = 0; index < 10; index++) statuses.push(await ask(path, agent));
    return statuses.filter((status) => status === 500);
  };
  for (let tries = 0; tries < 100; tries++) {
    const status = await ask("/", "ELB-HealthChecker/2.0").catch(() => 0);
    if (status === 200) break;
    await sleep(30);
  }
  expect(await ask("/", "ELB-HealthChecker/2.0")).toBe(200);
  expect(await all("/", "ELB-HealthChecker/2.0")).toHaveLength(0);
  expect(await all("/about", "node")).toHaveLength(0);
  expect(await all("/about", USER_AGENT)).toHaveLength(2);
  expect(await all("/", "a browser")).toHaveLength(2);
});
