/** Every registered function with hostile calls and messages, over the real use cases. */
import fc from 'fast-check';

import { tickRelease } from '../../../src/api/queue-message.ts';
import type { LocalFunction } from '../../../src/local/host/function-description.ts';
import { triggerMetadata } from '../../../src/local/host/queue-messages.ts';
import { BOUNDS } from '../../../src/limits.ts';
import { CORPUS } from '../corpus.ts';
import { type DoorWorld, mustBeWhole, openDoorWorld } from '../door-world.ts';
import { must, type Outcome, target } from '../engine.ts';
import { spoiltJson, spoiltJsonText } from '../hostile.ts';
import { hostileCall, type HostileCall, mustAnswer, rpcOf } from '../http-call.ts';
import { type Doors, loadDoors } from '../load-doors.ts';
import { SHORT_START, START, TICK } from '../samples.ts';

let doors: Doors | undefined;

export async function openDoors(): Promise<void> {
  doors ??= await loadDoors();
}

function loaded(): Doors {
  if (doors === undefined) throw new Error('the doors are not open');
  return doors;
}

/** Refusals that are told over HTTP and leave a release that says so. */
const REFUSED_WITH_RECORD = ['app-busy'];

async function callDoor(call: HostileCall): Promise<Outcome> {
  const all = loaded().functions.filter(({ info }) => info.type === 'http');
  const door = all[call.door % all.length];
  if (door?.info.type !== 'http') throw new Error('there is no HTTP door');
  const world = await openDoorWorld();
  const rpc = rpcOf(localised(call, world), {
    template: door.info.route,
    methods: door.info.methods,
  });
  world.newWrites();
  const response = await loaded().invoke(door, { data: { http: rpc } });
  const refusal = mustAnswer(response.returnValue?.http);
  const writes = world.newWrites();
  if (refusal !== undefined && !REFUSED_WITH_RECORD.includes(refusal)) {
    must(writes.length === 0, `refused with ${refusal}, and wrote ${writes.join(', ')}`);
  }
  if (writes.length > 0) await mustBeWhole(world);
  return refusal === undefined ? 'accepted' : 'refused';
}

function localised(call: HostileCall, world: DoorWorld): HostileCall {
  const { localised: here } = world;
  return {
    ...call,
    params: call.params.map(here),
    query: call.query.map(([name, value]) => [name, here(value)] as const),
    body: typeof call.body === 'string' ? here(call.body) : call.body,
  };
}

interface HostileMessage {
  readonly door: number;
  readonly text: string;
  readonly base64: boolean;
  readonly id: string;
}

async function deliver(message: HostileMessage): Promise<Outcome> {
  const all = loaded().functions.filter(({ info }) => info.type === 'queue');
  const door = all[message.door % all.length];
  if (door?.info.type !== 'queue') throw new Error('there is no queue door');
  const world = await openDoorWorld();
  const text = sent(message, world);
  const before = { poison: await world.poisoned(), releases: world.releases() };
  let first: Awaited<ReturnType<typeof delivered>>;
  try {
    first = await delivered(door, world, { text, id: message.id });
  } catch (error) {
    if (isLibrarysOwn(error)) return 'refused';
    throw error;
  }
  const poison = first.poison - before.poison;
  const releases = first.releases - before.releases;
  must(poison <= 1, `${poison} poison records of one message`);
  must(releases <= 1, `${releases} releases of one message`);
  const wanted = endsOf(door.info.queueName, text);
  must(
    wanted === undefined || poison + releases === wanted,
    `${releases} releases, ${poison} poison records`,
  );
  const again = await delivered(door, world, { text, id: message.id });
  must(
    again.poison === first.poison && again.releases === first.releases,
    'a second delivery counts twice',
  );
  await mustBeWhole(world);
  return poison === 0 ? 'accepted' : 'refused';
}

/** Releases and poison records of one message; undefined: that queue has other ends. */
function endsOf(queueName: string, text: string): number | undefined {
  if (queueName === 'releases' || queueName.endsWith('-poison')) return 1;
  if (queueName === 'ticks') return tickRelease(asDelivered(text)) === undefined ? 1 : 0;
  return undefined;
}

function asDelivered(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return text;
  }
}

/**
 * The library turns the names in a message into camel case by recursion, before any handler is called: a
 * message nested some thousand levels deep ends in its overflow, and no function app can help it.
 */
function isLibrarysOwn(error: unknown): boolean {
  return error instanceof RangeError && error.stack?.includes('at toCamelCaseValue') === true;
}

/** A queue takes 64 KiB of well-formed text. */
function sent({ text, base64 }: HostileMessage, world: DoorWorld): string {
  const here = world.localised(text).toWellFormed();
  const written = base64 ? Buffer.from(here).toString('base64') : here;
  return written.slice(0, BOUNDS.messageBytes);
}

async function delivered(
  door: LocalFunction,
  world: DoorWorld,
  { text, id }: { readonly text: string; readonly id: string },
): Promise<{ poison: number; releases: number }> {
  const at = new Date(world.now());
  const item = {
    ...{ messageId: id, popReceipt: 'receipt', messageText: text, dequeueCount: 1 },
    ...{ insertedOn: at, expiresOn: at, nextVisibleOn: at },
  };
  // Rejects when the handler throws, which makes the host deliver the message over and over.
  await loaded().invoke(door, {
    data: { string: text },
    triggerMetadata: triggerMetadata(item, text),
  });
  return { poison: await world.poisoned(), releases: world.releases() };
}

const OTHER_SITE = { ...START, target: { ...START.target, site: 'other' } };

const message = fc.record({
  door: fc.nat(999),
  text: fc.oneof(
    spoiltJsonText(SHORT_START, START, OTHER_SITE, TICK),
    spoiltJson(
      { app: 'shop', version: '2.4.0' },
      { ...OTHER_SITE, id: 'x', insertionTime: 'y' },
    ).map((value) => JSON.stringify(value)),
  ),
  base64: fc.oneof(
    { weight: 4, arbitrary: fc.constant(false) },
    { weight: 1, arbitrary: fc.constant(true) },
  ),
  id: fc.uuid(),
});

export const doorTargets = [
  target({ name: 'http-doors', share: 25, inputs: hostileCall, attempt: callDoor }),
  target({
    name: 'queue-doors',
    share: 12,
    inputs: message,
    examples: CORPUS.texts.flatMap((text) =>
      [0, 1, 2, 3].map((door) => ({ door, text, base64: false, id: 'message-1' })),
    ),
    attempt: deliver,
  }),
];
