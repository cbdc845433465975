// A Controller whose use cases each test replaces; what was asked of it is kept.
import type { Controller } from '../../src/app.ts';
import { parseStart } from '../../src/release/parse-start.ts';
import { freshAppKey, samplePlan, sampleRelease } from '../support/store-samples.ts';

export interface Asked {
  readonly method: string;
  readonly input: unknown;
}

export interface FakeController extends Controller {
  readonly asked: Asked[];
  inputsOf(method: keyof Controller): unknown[];
}

export const RELEASE = sampleRelease(freshAppKey());

/** Says yes to everything; a start is really parsed, so that bad input fails as it does. */
export function fakeController(changes: Partial<Controller> = {}): FakeController {
  const asked: Asked[] = [];
  const behaviour: Controller = {
    start: async (input) => {
      parseStart(input.body);
      return { release: RELEASE, created: true };
    },
    tick: async () => undefined,
    clock: async () => 0,
    command: async () => RELEASE,
    getRelease: async () => ({ release: RELEASE, plan: samplePlan() }),
    listReleases: async () => ({ releases: [RELEASE], continuation: undefined }),
    readAudit: async () => [],
    getApp: async (appKey) => ({ appKey, app: undefined, active: undefined }),
    recordPoison: async () => undefined,
    listPoison: async () => [],
    health: async () => ({
      ok: true,
      storage: { ok: true, message: 'answers' },
      clock: { ok: true, skewMs: 3, message: 'steady' },
    }),
    ...changes,
  };
  const note = <I, O>(method: keyof Controller, run: (input: I) => Promise<O>) => {
    return async (input: I): Promise<O> => {
      asked.push({ method, input });
      return run(input);
    };
  };
  return {
    start: note('start', behaviour.start),
    tick: note('tick', behaviour.tick),
    clock: note('clock', behaviour.clock),
    command: note('command', behaviour.command),
    getRelease: note('getRelease', behaviour.getRelease),
    listReleases: note('listReleases', behaviour.listReleases),
    readAudit: async (releaseId, range) => {
      asked.push({ method: 'readAudit', input: { releaseId, ...range } });
      return behaviour.readAudit(releaseId, range);
    },
    getApp: note('getApp', behaviour.getApp),
    recordPoison: note('recordPoison', behaviour.recordPoison),
    listPoison: note('listPoison', behaviour.listPoison),
    health: note('health', behaviour.health),
    asked,
    inputsOf: (method) => asked.filter((one) => one.method === method).map(({ input }) => input),
  };
}
