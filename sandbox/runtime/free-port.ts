import { createServer } from "node:net";

/** Finds TCP ports of 127.0.0.1 that nobody listens on, and gives none out twice before it is given back. */
export interface FreePorts {
  take(): Promise<number>;
  giveBack(port: number): void;
}

export function createFreePorts(): FreePorts {
  const taken = new Set<number>();
  return {
    async take() {
      for (;;) {
        const port = await unusedPort();
        if (taken.has(port)) continue;
        taken.add(port);
        return port;
      }
    },
    giveBack: (port) => {
      taken.delete(port);
    },
  };
}

function unusedPort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", reject);
    server.listen(0, "127.0.0.1", () => {
      const address = server.address();
      server.close(() => {
        if (address !== null && typeof address === "object") resolve(address.port);
        else reject(new Error("The system gave no port"));
      });
    });
  });
}
