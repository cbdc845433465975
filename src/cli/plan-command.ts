/** `slipway plan`: what a plan says before it is used, without asking anybody. */
import type { Command } from 'commander';

import { planSchema } from '../release/plan-schema.ts';
import { lookOf } from './look.ts';
import { checkedPlan, planWarnings } from './plan-check.ts';
import { planText } from './plan-text.ts';
import { PRESETS, writtenAt } from './read-plan.ts';

const CHECK_EXAMPLES = `
Examples:
  slipway plan check plan.yaml
  slipway plan check careful        # a preset: what its defaults are
  slipway plan check plan.json --json

Exit codes: 0 good, warnings included; 2 not a plan, with every problem.
`;

const EXAMPLES = `
Examples:
  slipway plan check plan.yaml
  slipway plan schema > slipway-plan.schema.json
`;

const SCHEMA_EXAMPLES = `
Example:
  slipway plan schema > slipway-plan.schema.json
  # first line of plan.yaml, for editors:
  # yaml-language-server: $schema=./slipway-plan.schema.json
`;

/** Adds the commands to the program. */
export function addPlan(program: Command): void {
  const plan = program
    .command('plan')
    .description('Checks plans, and says their form.')
    .addHelpText('after', EXAMPLES);
  plan
    .command('check')
    .description(
      'Says everything that is wrong with a plan, else the plan with all its defaults, and what to think twice about.',
    )
    .argument('<plan>', `a preset (${PRESETS}), or a file in JSON or YAML`)
    .option('--json', 'the normalised plan and the warnings as JSON')
    .addHelpText('after', CHECK_EXAMPLES)
    .action(check);
  plan
    .command('schema')
    .description('Prints the JSON Schema of plans, by which editors complete and check them.')
    .option('--json', 'as without it: a schema is JSON')
    .addHelpText('after', SCHEMA_EXAMPLES)
    .action(() => console.log(JSON.stringify(planSchema(), undefined, 2)));
}

function check(name: string, { json }: { readonly json?: true }): void {
  const plan = checkedPlan(name, writtenAt(name));
  const warnings = planWarnings(plan);
  console.log(
    json
      ? JSON.stringify({ plan, warnings }, undefined, 2)
      : planText({ name, plan, warnings }, lookOf(process.stdout)),
  );
}
