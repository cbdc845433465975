/** Storage is away in mid-ramp, and a person takes the new version away without it: `slipway rescue`. */
import { openAppService } from '../../../src/app.ts';
import { rescue, type RescueReport } from '../../../src/cli/rescue.ts';
import { RESOURCE_GROUP, SLOT, SUBSCRIPTION } from '../../support/local/shop.ts';
import { atFirstStep, IN_FLIGHT_MS, STORAGE, type Bench, type Scenario } from './bench.ts';

/** Slipway must not bring the rule back in this time, nor when storage is there again. */
const AWAY_MS = 6_000;

export const BREAK_GLASS_SCENARIOS: readonly Scenario[] = [
  {
    name: 'break glass while storage is unreachable',
    expected: 'the rule goes without Slipway, which adopts it afterwards and ends the release',
    sites: 1,
    play: breakGlass,
  },
];

async function breakGlass(bench: Bench): Promise<readonly string[]> {
  const stopFor = ['rescued'] as const;
  const may = { stopFor, end: ['rolled-back', 'aborted'] } as const;
  const running = bench.begin({ kind: 'good', may });
  if ((await running.until(atFirstStep)) === undefined) return ['the ramp was not reached'];
  bench.fault(STORAGE, { kind: 'unreachable' });
  await bench.pause(IN_FLIGHT_MS);
  const fromMs = Date.now();
  const report = await rescueSite(bench, running.site);
  const toMs = Date.now();
  const rulesThen = bench.world.site(running.site).rules();
  await bench.pause(AWAY_MS);
  const rulesLater = bench.world.site(running.site).rules();
  const meanwhile = bench.written(toMs + 1);
  bench.heal();
  const story = await running.story;
  story.byHand.push({ fromMs, toMs });
  return [
    ...(report.exit === 0 ? [] : [`the rescue ended with ${report.exit}: ${report.problem}`]),
    ...[...rulesThen, ...rulesLater].map((rule) => `after the rescue the rule ${rule} was there`),
    ...meanwhile.map((change) => `changed Azure while storage was away: ${change}`),
    ...bench
      .written(toMs + 1)
      .filter((change) => change.includes('reroutePercentage'))
      .map((change) => `brought weight back after the rescue: ${change}`),
  ];
}

/** As a person at a terminal would, with a login of their own: not through the ways that are broken. */
function rescueSite({ world }: Bench, site: string): Promise<RescueReport> {
  const target = { subscriptionId: SUBSCRIPTION, resourceGroup: RESOURCE_GROUP, site };
  return rescue(
    { target, slot: SLOT, swapBack: false, yes: true },
    {
      ...openAppService(world.appService.armUrl),
      limits: world.limits,
      who: async () => 'the person on call',
      say: () => undefined,
      ask: undefined,
      sleep: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      save: (name) => name,
    },
  );
}
