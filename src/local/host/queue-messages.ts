/** Queue messages between storage and app: encoding, trigger metadata, and what an output becomes. Pure. */
import type { ReceivedMessageItem } from '@azure/storage-queue';

import { boundedJson } from '../../release/bounded-json.ts';
import type { RpcTypedData } from './core-types.ts';
import type { QueueOptions } from './host-json.ts';

type Encoding = QueueOptions['messageEncoding'];

/** With a length of whole groups of four. A group in the pattern itself overflows on long texts. */
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

/** The bytes of a message, or undefined when it is not base64 though it must be. */
export function decodeMessage(text: string, encoding: Encoding): Buffer | undefined {
  if (encoding === 'none') return Buffer.from(text, 'utf8');
  const compact = text.replace(/\s/g, '');
  return compact.length % 4 === 0 && BASE64.test(compact)
    ? Buffer.from(compact, 'base64')
    : undefined;
}

/** The text of a message for storage. */
export function encodeMessage(content: string | Uint8Array, encoding: Encoding): string {
  const bytes = Buffer.from(content);
  return encoding === 'base64' ? bytes.toString('base64') : bytes.toString('utf8');
}

/**
 * What goes to a queue for a value that a handler returned or set (azure.md 8): arrays fan out, so
 * does a string that holds a JSON array; `[]`, null and undefined send nothing.
 */
export function outputMessages(data: RpcTypedData | null | undefined): (string | Uint8Array)[] {
  if (data === null || data === undefined) return [];
  if (data.bytes !== undefined) return [data.bytes];
  if (data.string !== undefined) {
    const parsed = parseJson(data.string);
    return Array.isArray(parsed) ? parsed.flatMap(elementMessage) : [data.string];
  }
  if (data.json !== undefined) {
    const parsed = parseJson(data.json);
    return Array.isArray(parsed) ? parsed.flatMap(elementMessage) : elementMessage(parsed);
  }
  const number = data.int ?? data.double;
  return number === undefined ? [] : [String(number)];
}

/**
 * `triggerMetadata` of a queue message (azure.md 4.1, 8). Top-level properties of a JSON message are
 * merged into it: one called `id` or `dequeueCount` hides the message's own.
 */
export function triggerMetadata(
  message: ReceivedMessageItem,
  text: string,
): Record<string, RpcTypedData> {
  const own: Record<string, RpcTypedData> = {
    QueueTrigger: { string: text },
    Id: { string: message.messageId },
    DequeueCount: { int: message.dequeueCount },
    PopReceipt: { string: message.popReceipt },
    InsertionTime: date(message.insertedOn),
    ExpirationTime: date(message.expiresOn),
    NextVisibleTime: date(message.nextVisibleOn),
  };
  const payload = parseJson(text);
  if (typeof payload !== 'object' || payload === null || Array.isArray(payload)) return own;
  const properties = Object.entries(payload);
  const hidden = new Set(properties.map(([name]) => name.toLowerCase()));
  const visible = Object.entries(own).filter(([name]) => !hidden.has(name.toLowerCase()));
  return Object.fromEntries([
    ...visible,
    ...properties.map(([name, value]) => [name, typed(value)] as const),
  ]);
}

function typed(value: unknown): RpcTypedData {
  return typeof value === 'string' ? { string: value } : { json: boundedJson(value) };
}

/** As .NET writes a DateTimeOffset of whole seconds. */
function date(value: Date): RpcTypedData {
  return { json: JSON.stringify(value.toISOString().replace(/\.\d+Z$/, '+00:00')) };
}

function elementMessage(element: unknown): string[] {
  if (element === null || element === undefined) return [];
  return [typeof element === 'string' ? element : JSON.stringify(element)];
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
