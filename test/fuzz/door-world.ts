/** The world behind the doors for one input, and what must hold of it afterwards. */
import { BOUNDS } from '../../src/limits.ts';
import { createWorld, type World } from '../support/world.ts';
import { must } from './engine.ts';
import { serve } from './fuzzed-app.ts';
import { APP_KEY, RELEASE_ID } from './samples.ts';

/** Names of store methods that write. */
const WRITES = /\.(create|commit|put|record|remove|send|apply|save|write|delete)/;

export interface DoorWorld extends World {
  /** Samples name a release and an app that are nowhere; here they become those of this world. */
  readonly localised: (text: string) => string;
  /** What was written since it was asked last. */
  newWrites(): readonly string[];
  poisoned(): Promise<number>;
  releases(): number;
}

/** One release of the app `shop` is queued; the doors serve this world from now on. */
export async function openDoorWorld(): Promise<DoorWorld> {
  const world = createWorld();
  const { id, appKey } = await world.start({ plan: 'fast' });
  serve(world.controller);
  let seen = world.store.calls().length;
  return {
    ...world,
    localised: (text) => text.replaceAll(RELEASE_ID, id).replaceAll(APP_KEY, appKey),
    newWrites: () => {
      const calls = world.store.calls();
      const writes = calls.slice(seen).filter((method) => WRITES.test(method));
      seen = calls.length;
      return writes;
    },
    poisoned: async () => (await world.ports.poison.list(100)).length,
    releases: () => world.store.releases().length,
  };
}

/** Whatever was accepted can be read, stored, ticked and verified. */
export async function mustBeWhole(world: DoorWorld): Promise<void> {
  for (const release of world.store.releases()) {
    must(release.message.length <= BOUNDS.messageChars, 'a message longer than its bound');
    for (const row of world.store.auditOf(release.id)) {
      must(
        row.body.length <= BOUNDS.auditBodyChars,
        `an audit row of ${row.body.length} characters`,
      );
    }
    await world.controller.tick(release.id);
    must(await world.chainHolds(release.id), 'the chain is broken');
  }
}
