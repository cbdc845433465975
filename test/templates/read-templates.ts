// The templates of CI, parsed: what a runner would see.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

import { parse } from 'yaml';
import { z } from 'zod';

const read = (file: string): string =>
  readFileSync(fileURLToPath(new URL(`../../${file}`, import.meta.url)), 'utf8');

export const ACTION = read('templates/github/action.yml');
export const STEPS = read('templates/azure-pipelines/slipway-release.yml');
export const WORKFLOW = read('templates/github/workflow.yml');
export const PIPELINE = read('templates/azure-pipelines/pipeline.yml');
export const DOCS = read('docs/ci.md');

const env = z.record(z.string(), z.unknown()).default({});
export const pipeline = z.looseObject({
  stages: z.array(
    z.looseObject({
      jobs: z.array(
        z.looseObject({
          steps: z.array(
            z.looseObject({
              template: z.string().optional(),
              parameters: z.record(z.string(), z.unknown()).optional(),
            }),
          ),
        }),
      ),
    }),
  ),
});
export const action = z
  .object({
    inputs: z.record(
      z.string(),
      z.looseObject({ description: z.string(), default: z.string().optional() }),
    ),
    runs: z.object({
      using: z.literal('composite'),
      steps: z.array(
        z.looseObject({
          uses: z.string().optional(),
          run: z.string().optional(),
          shell: z.string().optional(),
          if: z.string().optional(),
          env,
        }),
      ),
    }),
  })
  .parse(parse(ACTION));

const task = z.looseObject({ task: z.string(), env, inputs: z.record(z.string(), z.unknown()) });
export const template = z
  .object({
    parameters: z.array(
      z.object({
        name: z.string(),
        type: z.string(),
        default: z.union([z.string(), z.boolean()]).optional(),
      }),
    ),
    steps: z.array(z.record(z.string(), z.unknown())),
  })
  .parse(parse(STEPS));
/** Steps under an `if` too. */
export const tasks = template.steps.flatMap((step) =>
  'task' in step
    ? [task.parse(step)]
    : Object.values(step).flatMap((some) => z.array(task).parse(some)),
);

export const githubScripts = action.runs.steps.flatMap(({ run }) =>
  run === undefined ? [] : [run],
);
export const azureScripts = tasks.flatMap(({ inputs }) => {
  const script = inputs.script ?? inputs.inlineScript;
  return typeof script === 'string' ? [script] : [];
});
export const scripts = [...githubScripts, ...azureScripts];
