/** What people and their tools do to a release and to Azure, whether it helps or not. */
import type { Rule } from '../../src/release/azure-facts.ts';
import type { CommandKind } from '../../src/release/event.ts';
import { isFinished } from '../../src/release/release.ts';
import { RESCUE_TAG, writeRescue } from '../../src/release/rescue-record.ts';
import { CI, OPERATOR } from '../support/callers.ts';
import { type Behaviour, NEW, OLD, type World } from '../support/world.ts';
import type { Stage } from './stage.ts';
import type { Act, RulesEdit, Story, SwapFate } from './story/story.ts';

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
/** A person, or CI over HTTP, tries again so often when nothing or an error comes back. */
const TRIES_AT_MOST = 5;

export function command(
  stage: Stage,
  releaseId: string,
  kind: CommandKind,
  choice?: 'adopt' | 'reapply',
): void {
  stage.host.run(`operator-${kind}`, (controller) =>
    controller.command({
      releaseId,
      command: { kind, reason: 'because of the story', choice },
      expectedSequence: undefined,
      caller: OPERATOR,
    }),
  );
}

export function play(stage: Stage, act: Act): void {
  const { world, history } = stage;
  const { azure } = world;
  stage.log(`act ${JSON.stringify(act)}`);
  // What telemetry shows from here on says nothing certain of the new version.
  stage.unjudged ||= act.kind !== 'start' && act.kind !== 'command' && act.kind !== 'next-swap';
  switch (act.kind) {
    case 'start':
      start(stage, act);
      return;
    case 'command': {
      const newest = [...stage.ledger.releases.values()].findLast(
        ({ stage: at }) => !isFinished(at),
      );
      if (newest !== undefined) command(stage, newest.id, act.command, act.choice);
      return;
    }
    case 'rules-by-hand':
      if (azure.isSwapping()) return;
      azure.editRules(editedRules(stage, act.edit, act.weight));
      history.handAt.rules = world.now();
      return;
    case 'deploy':
      azure.deploy(act.place, `hotfix-${(stage.versions += 1)}`);
      history.handAt.content = world.now();
      return;
    case 'swap-by-hand':
      if (azure.isSwapping()) return;
      for (let times = 0; times < act.times; times += 1) {
        azure.swapByHand();
        stage.look();
      }
      history.handAt.volumes = world.now();
      return;
    case 'next-swap':
      azure.nextSwap(swapFate(act.outcome));
      return;
    case 'rescue':
      if (!azure.isSwapping()) rescue(stage);
      return;
    case 'turns-bad':
      misbehave(world, { failureRate: 0.05 }, act.place);
      return;
    case 'falls-silent':
      misbehave(world, { reports: false });
      return;
    case 'mislabels':
      misbehave(world, { label: OLD });
      return;
    case 'samples':
      world.behaviours.set(OLD, { ...behaviourOf(world, OLD), keepOneIn: act.keepOneIn });
      return;
    case 'lag':
      world.lagMs = act.lagMs;
      return;
  }
}

/** `slipway rescue`, with one's own rights and without Slipway: the rule goes, a tag tells. */
function rescue({ world, history }: Stage): void {
  const { azure } = world;
  const weight = history.ownWeight();
  azure.editRules(azure.state.rules.filter(({ name }) => name !== azure.slot));
  const record = { at: world.now(), did: 'rule-removed', by: 'somebody', weight } as const;
  azure.state.tags = { ...azure.state.tags, [RESCUE_TAG]: writeRescue(record) };
  history.handAt.rules = world.now();
  history.handAt.rescue = world.now();
}

function editedRules({ world, writtenBack }: Stage, edit: RulesEdit, weight: number): Rule[] {
  const { state, slot } = world.azure;
  if (edit === 'write-back') return [...writtenBack];
  const own: Rule = { name: slot, host: state.slot.host, weight, autoRamp: edit === 'auto-ramp' };
  const foreign: Rule = {
    name: 'insiders',
    host: 'shop-insiders.azurewebsites.net',
    weight: Math.min(weight, 20),
    autoRamp: false,
  };
  const kept = state.rules.filter(({ name }) => name !== (edit === 'foreign' ? 'insiders' : slot));
  const edited = edit === 'foreign' ? foreign : own;
  return weight === 0 ? kept : [...kept, edited];
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

/** It is the version that does, and goes on doing so after a swap. */
function misbehave(
  world: World,
  change: Partial<Behaviour>,
  place: 'production' | 'slot' = 'slot',
): void {
  const version = world.azure.state[place].content;
  world.behaviours.set(version, { ...behaviourOf(world, version), ...change });
}

function behaviourOf(world: World, version: string): Behaviour {
  return world.behaviours.get(version) ?? USUAL;
}

const USUAL: Behaviour = { failureRate: 0.001, reports: true, label: undefined };

/** How a version behaves that is no worse than the others. */
export function usual({ measured }: Story): Behaviour {
  return measured ? { ...USUAL, throwRate: 0.001, slowRate: 0.01 } : USUAL;
}

function harmOf({ harmful, harm, measured }: Story): Partial<Behaviour> {
  if (!harmful) return {};
  if (harm === 'slow') return { slowRate: 0.5 };
  if (harm === 'throws') return { throwRate: 0.05 };
  return { failureRate: 0.05, ...(measured ? { throwRate: 0.05 } : {}) };
}

/** CI: deploys a new version into the slot when the app is free, and starts its release. */
function start(stage: Stage, act: Extract<Act, { kind: 'start' }>): void {
  const { world, story, ledger } = stage;
  const number = (stage.releases += 1);
  const busy = [...ledger.releases.values()].some(({ stage: at }) => !isFinished(at));
  const version = number === 1 ? NEW : `${number + 1}.0.0`;
  if (number > 1 && !busy && act.slot === 'staging') world.azure.deploy('slot', version);
  const { failureLagMs } = story;
  world.behaviours.set(version, { ...usual(story), ...harmOf(story), failureLagMs });
  const body = {
    key: `run-${number}`,
    target: world.azure.target,
    slot: act.slot === 'staging' ? world.azure.slot : act.slot,
    version,
    plan: act.plan,
    ...(act.reversible === false ? { reversible: false } : {}),
    requestedBy: { name: 'ci' },
  };
  for (let times = 0; times < act.times; times += 1) {
    if (act.by === 'http') call(stage, body, 1);
    else {
      stage.sentByQueue.add(body.key);
      stage.host.queues.send('releases', JSON.stringify(body));
    }
  }
}

/** CI over HTTP sends the start again until something answers: the same key is the same release. */
function call(stage: Stage, body: { readonly key: string }, tries: number): void {
  let answered = false;
  stage.host.run('start', async (controller) => {
    await controller.start({ body, fallbackKey: body.key, caller: CI });
    answered = true;
  });
  stage.scheduler.at(stage.world.now() + 30 * SECOND, () => {
    if (!answered && tries < TRIES_AT_MOST) call(stage, body, tries + 1);
  });
}
