import { once } from "node:events";
import { readSandboxFile } from "../../sandbox/file.ts";
import { createSandbox } from "../../sandbox/sandbox.ts";

const READY_MS = 60_000;

/**
 * Runs a sandbox until SIGINT or SIGTERM. Its one line on standard output, when everything is healthy:
 * {"endpoint": …, "loadBalancers": [{"name", "listener", "url"}]}. Returns the exit status.
 */
export async function sandboxCommand(options: { file: string; port?: string }): Promise<number> {
  const port = options.port === undefined ? undefined : Number(options.port);
  if (port !== undefined && (!Number.isInteger(port) || port < 0 || port > 65_535)) {
    process.stderr.write(`--port: ${options.port} is no port (0 to 65535; 0 is any free one)\n`);
    return 2;
  }
  const file = readSandboxFile(options.file);
  if (file.kind === "problems") {
    process.stderr.write(`${file.problems.join("\n")}\n`);
    return 2;
  }
  const sandbox = await createSandbox({
    ...file,
    ...(port === undefined ? {} : { port }),
    log: (line) => process.stderr.write(`${line}\n`),
  });
  try {
    const stopped = Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);
    const state = await Promise.race([
      sandbox.ready(READY_MS).then(() => "ready"),
      stopped.then(() => "stopped"),
    ]);
    if (state === "ready") {
      process.stdout.write(`${JSON.stringify(announcement(sandbox))}\n`);
      await stopped;
    }
    return 0;
  } finally {
    await sandbox.close();
  }
}

function announcement(sandbox: Awaited<ReturnType<typeof createSandbox>>): object {
  return {
    endpoint: sandbox.endpoint,
    region: sandbox.account.region,
    loadBalancers: sandbox.listeners.map(({ loadBalancer, listener, url }) => ({
      name: loadBalancer,
      listener,
      url,
    })),
  };
}
