/** What people do to a release and to Azure, whether it helps or not. */
import type { CommandKind } from '../../../src/release/event.ts';
import { isFinished } from '../../../src/release/release.ts';
import { CI, OPERATOR } from '../callers.ts';
import { NEW, type World } from '../world.ts';
import type { Stage } from './stage.ts';
import type { Act, SwapFate } from './story.ts';

const MINUTE = 60_000;
/** The queue shows a message again when the worker that took it did not finish. */
const REDELIVERED_AFTER_MS = 2 * MINUTE;
const DELIVERIES_AT_MOST = 5;

export function command(
  stage: Stage,
  releaseId: string,
  kind: CommandKind,
  choice?: 'adopt' | 'reapply',
): void {
  stage.run(`operator-${kind}`, (controller) =>
    controller.command({
      releaseId,
      command: { kind, reason: 'because of the story', choice },
      expectedSequence: undefined,
      caller: OPERATOR,
    }),
  );
}

export function play(stage: Stage, act: Act): void {
  const { world, watchman } = stage;
  const { azure } = world;
  stage.log(`act ${JSON.stringify(act)}`);
  switch (act.kind) {
    case 'start':
      start(stage, act);
      return;
    case 'command': {
      const newest = [...watchman.releases.values()].findLast(({ stage: at }) => !isFinished(at));
      if (newest !== undefined) command(stage, newest.id, act.command, act.choice);
      return;
    }
    case 'rules-by-hand': {
      if (azure.isSwapping()) return;
      const name = act.own ? azure.slot : 'insiders';
      const host = act.own ? azure.state.slot.host : 'shop-insiders.azurewebsites.net';
      azure.editRules(
        act.weight === 0 ? [] : [{ name, host, weight: act.weight, autoRamp: false }],
      );
      watchman.byHand('rules');
      stage.unjudged = true;
      return;
    }
    case 'deploy':
      azure.deploy(act.place, `hotfix-${(stage.versions += 1)}`);
      watchman.byHand('content');
      stage.unjudged = true;
      return;
    case 'swap-by-hand':
      if (azure.isSwapping()) return;
      for (let times = 0; times < act.times; times += 1) {
        azure.swapByHand();
        watchman.look();
      }
      watchman.byHand('volumes');
      stage.unjudged = true;
      return;
    case 'next-swap':
      azure.nextSwap(swapFate(act.outcome));
      return;
    case 'turns-bad':
      misbehave(world, { failureRate: 0.05 });
      stage.unjudged = true;
      return;
    case 'falls-silent':
      misbehave(world, { reports: false });
      stage.unjudged = true;
      return;
    case 'lag':
      world.lagMs = act.lagMs;
      stage.unjudged = true;
      return;
  }
}

function swapFate(outcome: SwapFate): Parameters<World['azure']['nextSwap']>[0] {
  switch (outcome) {
    case 'slow':
      return { kind: 'slow', forMs: 20 * MINUTE };
    case 'mixed':
      return { kind: 'mixed', forMs: 3 * MINUTE };
    case 'fail':
      return { kind: 'fail', code: 'SwapFailed', message: 'the slot did not warm up' };
    case 'half-fail':
    case 'hang':
      return { kind: outcome };
  }
}

/** Whatever stands in the slot, and whatever stood there, so that it stays bad after a swap. */
function misbehave(world: World, change: { failureRate?: number; reports?: boolean }): void {
  const version = world.azure.state.slot.content;
  const before = world.behaviours.get(version);
  world.behaviours.set(version, {
    failureRate: change.failureRate ?? before?.failureRate ?? 0.001,
    reports: change.reports ?? before?.reports ?? true,
    label: before?.label,
  });
}

/** CI: deploys a new version into the slot when the app is free, and starts its release. */
function start(stage: Stage, act: Extract<Act, { kind: 'start' }>): void {
  const { world, story, watchman } = stage;
  const number = (stage.releases += 1);
  const busy = [...watchman.releases.values()].some(({ stage: at }) => !isFinished(at));
  const version = number === 1 ? NEW : `${number + 1}.0.0`;
  if (number > 1 && !busy) world.azure.deploy('slot', version);
  if (story.harmful) {
    world.behaviours.set(version, { failureRate: 0.05, reports: true, label: undefined });
  }
  const body = {
    key: `run-${number}`,
    target: world.azure.target,
    slot: world.azure.slot,
    version,
    plan: act.plan,
    requestedBy: { name: 'ci' },
  };
  const deliver = (deliveries: number): void => {
    stage.run('start', (controller) =>
      controller.start({ body, fallbackKey: `message-${number}`, caller: CI }),
    );
    stage.scheduler.at(world.now() + REDELIVERED_AFTER_MS, () => {
      const arrived = [...watchman.releases.values()].some(({ key }) => key === body.key);
      if (!arrived && deliveries < DELIVERIES_AT_MOST) deliver(deliveries + 1);
    });
  };
  deliver(1);
  if (act.twice) deliver(1);
}
