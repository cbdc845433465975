/** The fault run: one scenario after the other, in one world; then everything is checked as after kills. */
import type { Story } from '../story.ts';
import { checkWorld, type Checked } from '../check/check-world.ts';
import { startCrashWorld } from '../crash-world.ts';
import { AZURE_SCENARIOS } from './azure.ts';
import { createBench, type Bench, type Scenario } from './bench.ts';
import { BREAK_GLASS_SCENARIOS } from './break-glass.ts';
import { STORAGE_SCENARIOS } from './storage.ts';

export const SCENARIOS: readonly Scenario[] = [
  ...STORAGE_SCENARIOS,
  ...BREAK_GLASS_SCENARIOS,
  ...AZURE_SCENARIOS,
];

export interface FaultsOptions {
  readonly scenarios: readonly Scenario[];
  readonly mainFile?: string | undefined;
  readonly log: (line: string) => void;
  readonly tell: (line: string) => void;
}

export interface FaultsResult {
  readonly checked: Checked;
  readonly problems: readonly string[];
}

/** So that a start is delivered more than five times in half a minute. */
const SETTINGS = { AzureFunctionsJobHost__extensions__queues__visibilityTimeout: '00:00:01' };
/** The longest that any fault holds a call of Slipway on its way to ARM. */
const HELD_MS = 3_000;

export async function runFaults(options: FaultsOptions): Promise<FaultsResult> {
  const { scenarios, mainFile, log, tell } = options;
  const most = Math.max(...scenarios.map(({ sites }) => sites));
  const allSites = Array.from({ length: most }, (_, index) => `site-${index + 1}`);
  const world = await startCrashWorld({ sites: allSites, settings: SETTINGS, mainFile, log });
  const stories: Story[] = [];
  const problems: string[] = [];
  try {
    for (const [index, scenario] of scenarios.entries()) {
      const startedMs = Date.now();
      const sites = allSites.slice(0, scenario.sites);
      const bench = collecting(createBench(world, { sites, number: index + 2 }));
      const found = await scenario.play(bench.bench).catch((error: unknown) => [String(error)]);
      bench.bench.heal();
      const played = await Promise.all(bench.running);
      stories.push(...played);
      for (const site of sites) world.leave(site);
      const ends = played.map(({ kind, end }) => `${kind} ${end?.stage.phase} (${end?.reason})`);
      const seconds = Math.round((Date.now() - startedMs) / 1_000);
      tell(`${scenario.name}: ${ends.join(', ')} in ${seconds} s`);
      tell(`  expected: ${scenario.expected}`);
      problems.push(...found.map((problem) => `${scenario.name}: ${problem}`));
    }
    const checked = await checkWorld(world, stories, { heldMs: HELD_MS });
    return { checked, problems: [...problems, ...checked.problems] };
  } finally {
    await world.stop();
  }
}

function collecting(bench: Bench): { readonly bench: Bench; readonly running: Promise<Story>[] } {
  const running: Promise<Story>[] = [];
  const begin: Bench['begin'] = (...order) => {
    const begun = bench.begin(...order);
    running.push(begun.story);
    return begun;
  };
  return { bench: { ...bench, begin }, running };
}
