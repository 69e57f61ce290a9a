import type { Addresses } from "../ports.ts";

interface Endpoint {
  readonly host: string;
  readonly port: number;
}

/** The addresses that tasks have in the sandbox's network, and where on this machine they are. */
export interface AddressBook extends Addresses {
  set(address: string, port: number, endpoint: Endpoint): void;
  /** Does nothing if another task has taken the address since. */
  remove(address: string, port: number, endpoint: Endpoint): void;
}

export function createAddressBook(): AddressBook {
  const endpoints = new Map<string, Endpoint>();
  const key = (address: string, port: number): string => `${address} ${port}`;
  return {
    resolve: (address, port) => endpoints.get(key(address, port)),
    set: (address, port, endpoint) => {
      endpoints.set(key(address, port), endpoint);
    },
    remove(address, port, endpoint) {
      if (endpoints.get(key(address, port)) === endpoint) endpoints.delete(key(address, port));
    },
  };
}
