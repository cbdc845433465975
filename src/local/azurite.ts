/** Azurite, Microsoft's storage emulator, as a child process: real tables, queues and blobs on this machine. */
import { mkdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';

import { spawnNode, whenReady } from './child-process.ts';

const READY_LIMIT_MS = 60_000;
const LISTENING =
  /^Azurite (Blob|Queue|Table) service is successfully listening at (http:\/\/\S+)$/;

// The account and key that every copy of the emulator has: published, no secret.
const ACCOUNT = 'devstoreaccount1';
const ACCOUNT_KEY =
  'Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw==';

/** Where Azurite keeps its data and listens. */
export interface AzuriteOptions {
  /** Folder of the data, made when missing; left out: in memory, gone at the end. One Azurite per folder. */
  readonly dataDir?: string;
  /** Default: any free ports. */
  readonly ports?: { readonly blob: number; readonly queue: number; readonly table: number };
  /** Added to its environment: more memory, say. */
  readonly env?: Readonly<Record<string, string>>;
  readonly log: (line: string) => void;
}

/** A running Azurite on 127.0.0.1. The URLs carry the account name, as SDK clients want them. */
export interface Azurite {
  readonly connectionString: string;
  readonly blobUrl: string;
  readonly queueUrl: string;
  readonly tableUrl: string;
  readonly pid: number;
  /**
   * Stops it by SIGTERM and waits until its data is saved. Never kill it: it acknowledges before it
   * saves, and a killed one loses its last seconds (azure.md 11).
   */
  stop(): Promise<void>;
}

/**
 * Starts Azurite and waits until its three services listen.
 *
 * @throws ChildProcessError when a port is taken or it is not ready within a minute
 */
export async function startAzurite(options: AzuriteOptions): Promise<Azurite> {
  const { dataDir, ports = { blob: 0, queue: 0, table: 0 } } = options;
  if (dataDir !== undefined) await mkdir(dataDir, { recursive: true });

  const services = new Map<string, string>();
  const listening = Promise.withResolvers<undefined>();
  const child = spawnNode({
    name: 'Azurite',
    env: options.env ?? {},
    file: fileURLToPath(import.meta.resolve('azurite/dist/src/azurite.js')),
    args: [
      ...['--silent', '--skipApiVersionCheck', '--disableTelemetry'],
      ...['--blobHost', '127.0.0.1', '--blobPort', String(ports.blob)],
      ...['--queueHost', '127.0.0.1', '--queuePort', String(ports.queue)],
      ...['--tableHost', '127.0.0.1', '--tablePort', String(ports.table)],
      ...(dataDir === undefined ? ['--inMemoryPersistence'] : ['--location', dataDir]),
    ],
    // It writes into its working folder when no other is given.
    cwd: dataDir ?? tmpdir(),
    onLine: (line) => {
      options.log(line);
      const [, service, url] = LISTENING.exec(line) ?? [];
      if (service !== undefined && url !== undefined) services.set(service, `${url}/${ACCOUNT}`);
      if (services.size === 3) listening.resolve(undefined);
    },
  });
  await whenReady(child, {
    name: 'Azurite',
    ready: listening.promise,
    limitMs: READY_LIMIT_MS,
  });

  const blobUrl = services.get('Blob') ?? '';
  const queueUrl = services.get('Queue') ?? '';
  const tableUrl = services.get('Table') ?? '';
  return {
    connectionString: [
      'DefaultEndpointsProtocol=http',
      `AccountName=${ACCOUNT}`,
      `AccountKey=${ACCOUNT_KEY}`,
      `BlobEndpoint=${blobUrl}`,
      `QueueEndpoint=${queueUrl}`,
      `TableEndpoint=${tableUrl}`,
    ].join(';'),
    blobUrl,
    queueUrl,
    tableUrl,
    pid: child.pid,
    stop: async () => {
      await child.stop();
    },
  };
}
