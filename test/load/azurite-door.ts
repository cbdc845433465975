/** The parent's side of the small door beside Azurite (indexed-azurite.ts). */
import type { CloneOrder } from './clone-releases.ts';
import { DOOR_LINE } from './door-line.ts';

export interface AzuriteSizes {
  readonly tables: Readonly<Record<string, { readonly rows: number; readonly walked: number }>>;
  readonly rssBytes: number;
}

export interface AzuriteDoor {
  /** Takes a line of Azurite's output. */
  hear(line: string): void;
  sizes(): Promise<AzuriteSizes>;
  clone(order: CloneOrder): Promise<AzuriteSizes>;
}

export function createAzuriteDoor(): AzuriteDoor {
  const found = Promise.withResolvers<string>();
  const ask = async (path: string, body: unknown): Promise<AzuriteSizes> => {
    const answer = await fetch(`${await found.promise}${path}`, {
      method: 'POST',
      body: JSON.stringify(body),
    });
    if (!answer.ok) throw new Error(`${path} beside Azurite: ${await answer.text()}`);
    return (await answer.json()) as AzuriteSizes;
  };
  return {
    hear: (line) => {
      if (line.startsWith(DOOR_LINE)) found.resolve(line.slice(DOOR_LINE.length));
    },
    sizes: () => ask('/sizes', {}),
    clone: (order) => ask('/clone', order),
  };
}
