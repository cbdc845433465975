/** The ports of the local Azure: fixed ones, so that addresses stay the same from run to run. */
import { createServer } from 'node:net';

/** One port for each door that a person may want to open. 0 = any free one. */
export interface LocalPorts {
  readonly functions: number;
  readonly shop: number;
  readonly arm: number;
  readonly logs: number;
  readonly blob: number;
  readonly queue: number;
  readonly table: number;
}

/** Core Tools' port, and Azurite's own, so that Storage Explorer and `UseDevelopmentStorage=true` find it. */
export const USUAL_PORTS: LocalPorts = {
  functions: 7071,
  shop: 8080,
  arm: 8081,
  logs: 8082,
  blob: 10_000,
  queue: 10_001,
  table: 10_002,
};

/** For runs beside others: tests. */
export const ANY_PORTS: LocalPorts = {
  functions: 0,
  shop: 0,
  arm: 0,
  logs: 0,
  blob: 0,
  queue: 0,
  table: 0,
};

const NAMES: { readonly [door in keyof LocalPorts]: string } = {
  functions: 'the function app',
  shop: 'the shop',
  arm: 'App Service',
  logs: 'Log Analytics',
  blob: 'blob storage',
  queue: 'queue storage',
  table: 'table storage',
};

const DOORS = Object.keys(NAMES).filter((name): name is keyof LocalPorts => name in USUAL_PORTS);

/** Thrown for a port that was asked for by number and is taken. */
export class PortTakenError extends Error {
  readonly code = 'port-taken';

  constructor(port: number) {
    super(`port ${port} is taken by another program: choose another with --port`);
    this.name = 'PortTakenError';
  }
}

/**
 * The ports of a run whose function app was given `port`: 0: any free one for everything; undefined: the
 * usual ones. Only doors that nobody asked a port for may get another.
 *
 * @throws PortTakenError before `notice` is told anything
 */
export async function portsFor(
  port: number | undefined,
  notice: (line: string) => void,
): Promise<LocalPorts> {
  if (port === 0) return ANY_PORTS;
  if (port === undefined) return freePorts(USUAL_PORTS, notice);
  if (!(await isFree(port))) throw new PortTakenError(port);
  return { ...(await freePorts({ ...USUAL_PORTS, functions: 0 }, notice)), functions: port };
}

/** The wanted ports; any free one (0) in place of each that is taken, which `notice` is told. */
export async function freePorts(
  wanted: LocalPorts,
  notice: (line: string) => void,
): Promise<LocalPorts> {
  const found = { ...wanted };
  for (const door of DOORS) {
    const port = wanted[door];
    if (port === 0 || (await isFree(port))) continue;
    notice(`Port ${port} is taken by another program, so ${NAMES[door]} gets a free one.`);
    found[door] = 0;
  }
  return found;
}

/** Whether a server could listen there now; the next moment may differ. */
export function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}
