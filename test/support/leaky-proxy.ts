/**
 * A proxy in front of a stand-in of Azure that gives secrets away wherever it can: every failure repeats
 * the request and secrets of other kinds in its body, and good answers carry some that nobody asked for.
 */
import { createServer, type IncomingMessage, request, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** `pass`: to the stand-in. `cut`: no answer at all. A number: that status. */
export type Mood = 'pass' | 'cut' | number;

export interface LeakyProxy {
  readonly url: string;
  /** Where the stand-in is; known later than the proxy's own address. */
  forwardTo(url: string): void;
  be(mood: Mood): void;
  /** Failures answered or cut so far. */
  failures(): number;
  /** Signed parts of the `Location`s that went by. */
  signatures(): readonly string[];
  stop(): Promise<void>;
}

const SIGNED = /[?&](?:t|c|s|h)=([^&]{8,})/g;

/** @param secrets named texts; they stand in answers as Azure would write them */
export async function startLeakyProxy(secrets: readonly string[]): Promise<LeakyProxy> {
  let target = '';
  let mood: Mood = 'pass';
  let failures = 0;
  const signatures = new Set<string>();
  const server = createServer((incoming, outgoing) => {
    if (mood === 'cut') {
      failures += 1;
      outgoing.destroy();
    } else if (mood !== 'pass') {
      failures += 1;
      const text = leak(incoming, secrets);
      // By turns the envelope of ARM, the one of App Service, and a gateway's page.
      const bodies = [
        JSON.stringify({ error: { code: 'Leak', message: text } }),
        JSON.stringify({ Code: 'Leak', Message: text, Details: [] }),
        `<html>${text}</html>`,
      ];
      outgoing.writeHead(mood, { 'content-type': 'application/json', 'x-leak': 'yes' });
      outgoing.end(bodies[failures % bodies.length]);
    } else {
      const { method, headers, url } = incoming;
      const onward = request(new URL(url ?? '/', target), { method, headers }, (answer) => {
        for (const [, found] of (answer.headers.location ?? '').matchAll(SIGNED)) {
          if (found !== undefined) signatures.add(decodeURIComponent(found));
        }
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      });
      onward.on('error', () => outgoing.destroy());
      incoming.pipe(onward);
    }
  });
  const url = await listening(server);
  return {
    url,
    forwardTo: (there) => {
      target = there;
    },
    be: (next) => {
      mood = next;
    },
    failures: () => failures,
    signatures: () => [...signatures],
    stop: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

async function listening(server: Server): Promise<string> {
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

function leak(incoming: IncomingMessage, secrets: readonly string[]): string {
  const headers = Object.entries(incoming.headers).map(
    ([name, value]) => `${name}: ${String(value)}`,
  );
  return [`${incoming.method ?? ''} ${incoming.url ?? ''}`, ...headers, ...secrets].join(' ; ');
}
