import {
  Agent,
  createServer,
  type IncomingMessage,
  type RequestListener,
  request,
  type Server,
  type ServerResponse,
} from "node:http";
import {
  type AddressInfo,
  connect,
  createServer as createTcpServer,
  type Socket,
  type Server as TcpServer,
} from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { type Clock, realClock } from "../../sandbox/clock.ts";
import {
  createGroup,
  createListener,
  createLoadBalancer,
  forward,
  type Stage,
  setStage,
} from "../unit/sandbox/elbv2/stage.ts";

const cleanups: (() => unknown)[] = [];

afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

async function until(what: () => boolean, withinMs = 30_000): Promise<void> {
  const deadline = Date.now() + withinMs;
  while (!what()) {
    if (Date.now() > deadline) throw new Error(`not within ${withinMs} ms: ${what}`);
    await sleep(10);
  }
}

function listening(server: Server | TcpServer): Promise<number> {
  const sockets = new Set<Socket>();
  server.on("connection", (socket: Socket) => {
    sockets.add(socket);
    socket.once("close", () => sockets.delete(socket));
  });
  cleanups.push(() => {
    for (const socket of sockets) socket.destroy();
    return new Promise((resolve) => server.close(resolve));
  });
  return new Promise((resolve) =>
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port)),
  );
}

const target = (handler: RequestListener) => listening(createServer(handler));
const named = (name: string) => target((_request, response) => response.end(name));

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

function get(
  port: number,
  options: {
    path?: string;
    method?: string;
    headers?: Record<string, string>;
    body?: string | Buffer;
    agent?: Agent;
  } = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const sent = request(
      {
        host: "127.0.0.1",
        port,
        path: options.path ?? "/",
        method: options.method ?? "GET",
        headers: options.headers ?? {},
        agent: options.agent ?? false,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers,
            body: Buffer.concat(chunks).toString(),
          }),
        );
      },
    );
    sent.on("error", reject);
    sent.end(options.body);
  });
}

const IP = "10.0.0.1";
const SPEED = 20;
const HOUR_MS = 3_600_000;
/** Nothing but what these tests end themselves takes so long. */
const LONG_MS = 100_000;

/** Real time, but what takes long comes when a test says so: on no machine is that too soon. */
interface HeldClock extends Clock {
  /** How long each of them takes. */
  held(): readonly number[];
  /** They come now. */
  pass(): Promise<void>;
}

function createHeldClock(): HeldClock {
  const waits = new Map<() => void | Promise<void>, number>();
  return {
    ...realClock,
    after(delayMs, task) {
      if (delayMs < LONG_MS) return realClock.after(delayMs, task);
      waits.set(task, delayMs);
      return () => void waits.delete(task);
    },
    held: () => [...waits.values()],
    async pass() {
      const tasks = [...waits.keys()];
      waits.clear();
      for (const task of tasks) await task();
    },
  };
}

interface OpenStage extends Stage {
  readonly clock: HeldClock;
  readonly loadBalancer: string;
}

/** A stage with real traffic, sped up, whose targets are ports of this machine. */
async function open(): Promise<OpenStage> {
  const clock = createHeldClock();
  const stage = setStage({
    clock,
    dataPlane: true,
    settings: { speed: SPEED },
    addresses: { resolve: (_address, port) => ({ host: "127.0.0.1", port }) },
  });
  cleanups.push(() => stage.elbv2.close());
  return { ...stage, clock, loadBalancer: await createLoadBalancer(stage) };
}

async function register(stage: Stage, TargetGroupArn: string, ...ports: number[]): Promise<void> {
  await stage.call("RegisterTargets", { TargetGroupArn, Targets: ports.map((Port) => ({ Id: IP, Port })) });
  await until(() =>
    ports.every((port) => stage.elbv2.targetGroups.health(TargetGroupArn, { id: IP, port }) !== "initial"),
  );
}

/** One listener before one group with one target. */
async function simple(handler: RequestListener, attributes: Record<string, string> = {}) {
  const stage = await open();
  const group = await createGroup(stage, "app", attributes);
  const listener = await createListener(stage, stage.loadBalancer, forward({ [group]: 1 }));
  const port = await target(handler);
  await register(stage, group, port);
  return { stage, group, listener, targetPort: port };
}

describe("passing requests on", () => {
  it("streams bodies both ways and adds the load balancer's headers", async () => {
    let seen: IncomingMessage["headers"] = {};
    const { stage, group, listener } = await simple((incoming, response) => {
      seen = incoming.headers;
      response.setHeader("Keep-Alive", "timeout=1");
      incoming.pipe(response);
    });
    const body = Buffer.alloc(300_000, "x").toString();
    const answer = await get(listener.port, {
      method: "POST",
      body,
      headers: {
        "Transfer-Encoding": "chunked",
        "X-Forwarded-For": "1.2.3.4",
        Expect: "100-continue",
        Connection: "close, X-Hop",
        "X-Hop": "1",
      },
    });
    expect(answer.status).toBe(200);
    expect(answer.body).toBe(body);
    expect(answer.headers["keep-alive"]).toBeUndefined();
    expect(seen["x-forwarded-for"]).toBe("1.2.3.4, 127.0.0.1");
    expect(seen["x-forwarded-proto"]).toBe("http");
    expect(seen["x-forwarded-port"]).toBe(String(listener.port));
    expect(seen["x-amzn-trace-id"]).toMatch(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/);
    expect(seen["x-hop"]).toBeUndefined();
    expect(seen.expect).toBeUndefined();
    await until(() => stage.requests.length === 1);
    expect(stage.requests[0]).toMatchObject({
      routeArn: listener.arn,
      targetGroupArn: group,
      targetHealth: "healthy",
      status: 200,
      fromLoadBalancer: false,
    });
    for (const withGroup of [true, false]) {
      expect(stage.sum("RequestCount", withGroup)).toBe(1);
      expect(stage.sum("HTTPCode_Target_2XX_Count", withGroup)).toBe(1);
    }
    expect(stage.samples.find((sample) => sample.metric === "RequestCount")?.dimensions).toEqual({
      LoadBalancer: expect.stringMatching(/^app\/web\/[0-9a-f]{16}$/),
      TargetGroup: expect.stringMatching(/^targetgroup\/app\/[0-9a-f]{16}$/),
    });
  });

  it("answers HEAD without a body and keeps duplicate headers apart", async () => {
    const { listener } = await simple((_incoming, response) => {
      response.writeHead(200, ["Set-Cookie", "a=1", "Set-Cookie", "b=2", "Content-Length", "5"]);
      response.end("hello");
    });
    const head = await get(listener.port, { method: "HEAD" });
    expect([head.status, head.body, head.headers["content-length"]]).toEqual([200, "", "5"]);
    expect(head.headers["set-cookie"]).toEqual(["a=1", "b=2"]);
  });

  it("splits new clients by weight and moves all of them when the weights move", async () => {
    const stage = await open();
    const [blue, green] = [await createGroup(stage, "blue"), await createGroup(stage, "green")];
    const listener = await createListener(stage, stage.loadBalancer, forward({ [blue]: 80, [green]: 20 }));
    await register(stage, blue, await named("blue"));
    await register(stage, green, await named("green"));
    const agent = new Agent({ keepAlive: true });
    cleanups.push(() => agent.destroy());
    const bodies = await Promise.all(Array.from({ length: 400 }, () => get(listener.port, { agent })));
    const greens = bodies.filter(({ body }) => body === "green").length;
    expect(greens).toBeGreaterThan(40);
    expect(greens).toBeLessThan(130);
    await stage.call("ModifyListener", {
      ListenerArn: listener.arn,
      DefaultActions: [forward({ [blue]: 0, [green]: 100 })],
    });
    const after = await Promise.all(Array.from({ length: 50 }, () => get(listener.port, { agent })));
    expect(new Set(after.map(({ body }) => body))).toEqual(new Set(["green"]));
  });

  it("keeps a pinned client on its group at weight 0, or not, as set; never once the group is out", async () => {
    const stage = await open();
    const [blue, green] = [await createGroup(stage, "blue"), await createGroup(stage, "green")];
    const listener = await createListener(stage, stage.loadBalancer, forward({ [blue]: 1, [green]: 0 }, 60));
    await register(stage, blue, await named("blue"));
    await register(stage, green, await named("green"));
    const first = await get(listener.port);
    const cookie =
      (first.headers["set-cookie"] ?? []).find((line) => line.startsWith("AWSALBTG="))?.split(";")[0] ?? "";
    expect(cookie).toMatch(/^AWSALBTG=./);
    const pinned = async () => (await get(listener.port, { headers: { Cookie: cookie } })).body;
    const write = (weights: Record<string, number>) =>
      stage.call("ModifyListener", { ListenerArn: listener.arn, DefaultActions: [forward(weights, 60)] });
    await write({ [blue]: 0, [green]: 1 });
    expect(await pinned()).toBe("blue");
    stage.settings.stickyReachesWeightZero = false;
    expect(await pinned()).toBe("green");
    stage.settings.stickyReachesWeightZero = true;
    await write({ [green]: 1 });
    expect(await pinned()).toBe("green");
  });

  it("applies rules by priority, fixed responses and redirects", async () => {
    const { stage, listener } = await simple((_incoming, response) => response.end("app"));
    const rule = (Priority: number, Conditions: unknown[], action: unknown) =>
      stage.call("CreateRule", { ListenerArn: listener.arn, Priority, Conditions, Actions: [action] });
    const path = (value: string) => [{ Field: "path-pattern", Values: [value] }];
    await rule(2, path("/old/*"), {
      Type: "redirect",
      RedirectConfig: { StatusCode: "HTTP_301", Path: "/new/#{path}" },
    });
    await rule(1, path("/old/shut"), {
      Type: "fixed-response",
      FixedResponseConfig: { StatusCode: "410", MessageBody: "shut", ContentType: "text/plain" },
    });
    const shut = await get(listener.port, { path: "/old/shut" });
    expect([shut.status, shut.body, shut.headers.server]).toEqual([410, "shut", "awselb/2.0"]);
    const moved = await get(listener.port, { path: "/old/a?b=c" });
    expect([moved.status, moved.headers.location]).toEqual([
      301,
      `http://127.0.0.1:${listener.port}/new/old/a?b=c`,
    ]);
    expect((await get(listener.port)).body).toBe("app");
  });
});

describe("failing as ALB fails", () => {
  it("answers 502 when a target refuses, resets, hangs up or talks nonsense; the target has no 5XX", async () => {
    const { stage, group, listener, targetPort } = await simple(
      (incoming, response) => {
        if (incoming.url === "/reset") incoming.socket.resetAndDestroy();
        else if (incoming.url === "/nonsense") incoming.socket.end("SPAM\r\n\r\n");
        else response.end();
      },
      { "deregistration_delay.timeout_seconds": "0" },
    );
    expect((await get(listener.port, { path: "/reset" })).status).toBe(502);
    expect((await get(listener.port, { path: "/nonsense" })).status).toBe(502);
    expect(stage.sum("TargetConnectionErrorCount", true)).toBe(0);
    const gone = await listening(createTcpServer());
    await cleanups.pop()?.();
    await register(stage, group, gone);
    await stage.elbv2.targetGroups.deregister(group, { id: IP, port: targetPort });
    expect((await get(listener.port)).status).toBe(502);
    expect(stage.sum("TargetConnectionErrorCount", true)).toBe(1);
    expect(stage.sum("HTTPCode_ELB_502_Count", false)).toBe(3);
    expect(stage.sum("HTTPCode_ELB_5XX_Count", true)).toBe(0);
    expect(stage.sum("HTTPCode_Target_5XX_Count", true)).toBe(0);
    expect(stage.sum("RequestCount", true)).toBe(3);
  });

  it("answers 503 without a target, 504 after the idle timeout, and counts a client that hangs up", async () => {
    let unanswered = 0;
    const { stage, group, listener, targetPort } = await simple(
      (incoming, response) => {
        if (incoming.url === "/never") unanswered++;
        else response.end();
      },
      { "deregistration_delay.timeout_seconds": "0" },
    );
    const setIdleTimeout = (seconds: number) =>
      stage.call("ModifyLoadBalancerAttributes", {
        LoadBalancerArn: stage.loadBalancer,
        Attributes: [{ Key: "idle_timeout.timeout_seconds", Value: String(seconds) }],
      });
    await setIdleTimeout(1);
    expect((await get(listener.port, { path: "/never" })).status).toBe(504);
    await setIdleTimeout(60);
    const impatient = request({ host: "127.0.0.1", port: listener.port, path: "/never", agent: false }).on(
      "error",
      () => undefined,
    );
    impatient.end();
    await until(() => unanswered === 2);
    impatient.destroy();
    await until(() => stage.requests.length === 2);
    expect(stage.requests[1]).toMatchObject({ status: 460, fromLoadBalancer: true });
    await stage.elbv2.targetGroups.deregister(group, { id: IP, port: targetPort });
    expect((await get(listener.port)).status).toBe(503);
    expect(stage.requests[2]).toMatchObject({ status: 503, targetGroupArn: group });
    expect(stage.sum("RequestCount", true)).toBe(2);
    expect(stage.sum("HTTPCode_ELB_503_Count", false)).toBe(1);
  });

  it("keeps idle connections beyond the target's keep-alive hint, and does not reuse a closed one", async () => {
    let connections = 0;
    const server = createServer((_incoming, response) => {
      response.setHeader("Keep-Alive", "timeout=1");
      response.end("ok");
    });
    server.keepAliveTimeout = 0;
    const sockets: Socket[] = [];
    server.on("connection", (socket: Socket) => {
      connections++;
      sockets.push(socket);
    });
    const stage = await open();
    const group = await createGroup(stage, "app");
    const listener = await createListener(stage, stage.loadBalancer, forward({ [group]: 1 }));
    await register(stage, group, await listening(server));
    await get(listener.port);
    await sleep(1300);
    await get(listener.port);
    expect(connections).toBe(1);
    for (const socket of sockets) socket.end();
    await until(() => sockets.every(({ destroyed }) => destroyed));
    expect((await get(listener.port)).status).toBe(200);
    expect(connections).toBe(2);
  });

  it("fails open when no target is healthy", async () => {
    const stage = await open();
    const group = await createGroup(stage, "app");
    const listener = await createListener(stage, stage.loadBalancer, forward({ [group]: 1 }));
    const port = await named("sick");
    stage.probes.set(`${IP}:${port}`, {
      healthy: false,
      reason: "Target.Timeout",
      description: "Request timed out",
    });
    await register(stage, group, port);
    expect((await get(listener.port)).body).toBe("sick");
    expect(stage.requests[0]).toMatchObject({ targetHealth: "unhealthy", status: 200 });
    expect(stage.sum("UnhealthyRoutingRequestCount", true)).toBe(1);
  });
});

describe("draining", () => {
  it("gives a draining target nothing new, lets it finish, and cuts what outlives the delay", async () => {
    const held: ServerResponse[] = [];
    const { stage, group, listener, targetPort } = await simple(
      (_incoming, response) => void held.push(response),
      { "deregistration_delay.timeout_seconds": String(HOUR_MS / 1000) },
    );
    const finishing = get(listener.port, { path: "/finishes" });
    await until(() => held.length === 1);
    const outliving = get(listener.port, { path: "/outlives" });
    await until(() => held.length === 2);
    await register(stage, group, await named("other"));
    const drained = stage.elbv2.targetGroups.deregister(group, { id: IP, port: targetPort });
    for (let count = 0; count < 6; count++) expect((await get(listener.port)).body).toBe("other");
    held[0]?.end("finished");
    expect((await finishing).body).toBe("finished");
    expect(stage.elbv2.targetGroups.health(group, { id: IP, port: targetPort })).toBe("draining");
    expect(stage.clock.held()).toEqual([HOUR_MS / SPEED]);
    await stage.clock.pass();
    await drained;
    expect((await outliving).status).toBe(502);
    expect(stage.elbv2.targetGroups.health(group, { id: IP, port: targetPort })).toBe("unused");
  });

  it("keeps sending to a target until the change has reached the data plane", async () => {
    const { stage, group, listener, targetPort } = await simple((_incoming, response) => response.end("old"));
    await register(stage, group, await named("new"));
    Object.assign(stage.settings.propagationDelayMs, { min: HOUR_MS, max: HOUR_MS });
    void stage.elbv2.targetGroups.deregister(group, { id: IP, port: targetPort });
    const bodies = async () => new Set([(await get(listener.port)).body, (await get(listener.port)).body]);
    expect(await bodies()).toEqual(new Set(["old", "new"]));
    await stage.clock.pass();
    expect(await bodies()).toEqual(new Set(["new"]));
  });
});

describe("WebSocket", () => {
  async function echo() {
    const server = createServer((_incoming, response) => response.end());
    new WebSocketServer({ server }).on("connection", (socket) => {
      socket.on("message", (data) => socket.send(`echo ${data}`));
      socket.on("error", () => undefined);
    });
    const stage = await open();
    const group = await createGroup(stage, "app", {
      "deregistration_delay.timeout_seconds": String(HOUR_MS / 1000),
    });
    const listener = await createListener(stage, stage.loadBalancer, forward({ [group]: 1 }));
    const port = await listening(server);
    await register(stage, group, port);
    return { stage, group, listener, port };
  }

  it("tunnels messages until the deregistration delay has passed", async () => {
    const { stage, group, listener, port } = await echo();
    const client = new WebSocket(`ws://127.0.0.1:${listener.port}/chat`);
    const heard: string[] = [];
    let closed = false;
    client.on("message", (data) => heard.push(String(data)));
    client.on("close", () => {
      closed = true;
    });
    client.on("error", () => undefined);
    await until(() => client.readyState === WebSocket.OPEN);
    const drained = stage.elbv2.targetGroups.deregister(group, { id: IP, port });
    client.send("hello");
    await until(() => heard.length === 1);
    expect(heard).toEqual(["echo hello"]);
    expect(closed).toBe(false);
    await stage.clock.pass();
    await drained;
    await until(() => closed);
    await until(() => stage.requests.length === 1);
    expect(stage.requests[0]).toMatchObject({ status: 101, webSocket: true, fromLoadBalancer: false });
  });

  it("answers an upgrade like any request when there is no target or the target declines", async () => {
    const { stage, listener } = await simple((_incoming, response) => response.writeHead(426).end("no"));
    const upgrade = { Connection: "Upgrade", Upgrade: "websocket" };
    expect(await get(listener.port, { headers: upgrade })).toMatchObject({ status: 426, body: "no" });
    await until(() => stage.requests.length === 1);
    expect(stage.requests[0]).toMatchObject({ status: 426, webSocket: true });
  });
});

it("refuses a listener whose port is taken, and frees ports when closed", async () => {
  const stage = await open();
  const taken = await listening(createTcpServer());
  const group = await createGroup(stage, "app");
  const input = {
    LoadBalancerArn: stage.loadBalancer,
    Port: taken,
    Protocol: "HTTP",
    DefaultActions: [forward({ [group]: 1 })],
  };
  await expect(stage.call("CreateListener", input)).rejects.toMatchObject({
    code: "InvalidConfigurationRequest",
    message: expect.stringContaining(`127.0.0.1:${taken}`),
  });
  const listener = await createListener(stage, stage.loadBalancer, forward({ [group]: 1 }));
  await stage.elbv2.close();
  const refused = await new Promise((resolve) => {
    connect(listener.port, "127.0.0.1")
      .on("error", () => resolve(true))
      .on("connect", () => resolve(false));
  });
  expect(refused).toBe(true);
});

it("serves many connections at once without an error", async () => {
  const { stage, listener } = await simple(
    (_incoming, response) => void setTimeout(() => response.end("ok"), 5),
  );
  const agent = new Agent({ keepAlive: true, maxSockets: 50 });
  cleanups.push(() => agent.destroy());
  const fresh = Array.from({ length: 200 }, () => get(listener.port));
  const kept = Array.from({ length: 800 }, () => get(listener.port, { agent }));
  const statuses = new Set((await Promise.all([...fresh, ...kept])).map(({ status }) => status));
  expect(statuses).toEqual(new Set([200]));
  await until(() => stage.requests.length === 1000);
});
