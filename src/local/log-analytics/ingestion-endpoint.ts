import type { HttpAnswer } from './http.ts';
import type { StoredRow } from './row-store.ts';
import { outcomeOf } from './telemetry-rows.ts';

/** One item that was not taken, as the ingestion endpoint answers it. */
interface ItemError {
  readonly index: number;
  readonly statusCode: number;
  readonly message: string;
}

/** The answer of `/v2.1/track`. */
export interface TrackAnswer {
  readonly itemsReceived: number;
  readonly itemsAccepted: number;
  readonly errors: readonly ItemError[];
}

interface IngestionOptions {
  readonly instrumentationKey: string;
  readonly now: () => number;
  readonly ingestionDelayMs: () => number;
  readonly store: (row: StoredRow) => void;
}

/** Items of one request; more are refused, as a request of the SDK holds a few hundred. */
const MAX_ITEMS = 100_000;

function parseText(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** The items of a body: a JSON array, or one JSON object a line. An item that is not JSON is undefined. */
function itemsOf(body: Buffer): readonly unknown[] {
  const text = body.toString('utf8').trim();
  if (text.startsWith('[')) {
    const parsed = parseText(text);
    return Array.isArray(parsed) ? parsed : [undefined];
  }
  return text === '' ? [] : text.split('\n').map(parseText);
}

/** The ingestion endpoint without HTTP. */
export class Ingestion {
  readonly #options: IngestionOptions;

  constructor(options: IngestionOptions) {
    this.#options = options;
  }

  /** Stores what can be stored and says which items could not. */
  take(items: readonly unknown[], bytes: number): TrackAnswer {
    const receivedMs = this.#options.now();
    const receipt = {
      instrumentationKey: this.#options.instrumentationKey,
      receivedMs,
      bytes: items.length === 0 ? 0 : Math.round(bytes / items.length),
    };
    const errors: ItemError[] = [];
    for (const [index, item] of items.entries()) {
      const outcome = outcomeOf(item, receipt);
      if (outcome.kind === 'refused') {
        errors.push({ index, statusCode: 400, message: outcome.message });
      } else if (outcome.kind === 'row') {
        const ingestedMs = receivedMs + Math.max(0, this.#options.ingestionDelayMs());
        this.#options.store({ ...outcome.row, ingestedMs });
      }
    }
    return { itemsReceived: items.length, itemsAccepted: items.length - errors.length, errors };
  }

  /** 200 when all items were taken, 206 when some were, 400 when none was. */
  answer(body: Buffer): HttpAnswer {
    const items = itemsOf(body);
    if (items.length === 0 || items.length > MAX_ITEMS) {
      const message = `A request has from 1 to ${String(MAX_ITEMS)} items; this one has ${String(items.length)}.`;
      return {
        status: 400,
        body: {
          itemsReceived: items.length,
          itemsAccepted: 0,
          errors: [{ index: 0, statusCode: 400, message }],
        } satisfies TrackAnswer,
      };
    }
    const answer = this.take(items, body.length);
    if (answer.itemsAccepted === answer.itemsReceived) {
      return { status: 200, body: answer };
    }
    return { status: answer.itemsAccepted === 0 ? 400 : 206, body: answer };
  }
}
