// The templates for CI: they parse, and hold to their own rules. How they run: template-runs.test.ts.
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';

import { toldRelease } from '../cli/told-release.ts';
import {
  ACTION,
  action,
  azureScripts,
  DOCS,
  githubScripts,
  PIPELINE,
  pipeline,
  scripts,
  STEPS,
  tasks,
  template,
  WORKFLOW,
} from './read-templates.ts';
import { bash } from './run-bash.ts';
import { refusal, slipwayLines, wordsOf } from './written-commands.ts';

describe('the scripts of the templates', () => {
  it('are all there', () => {
    expect([githubScripts.length, azureScripts.length]).toEqual([6, 4]);
  });

  it.each(scripts)('are bash, and stop at the first failure: %#', async (script) => {
    const { code, stderr } = await bash(['-n', '-c', script], {});
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(script).toMatch(/^set -euo pipefail\n/);
  });

  it.each(scripts)('have no text of an input in them: %#', (script) => {
    expect(script).not.toContain('${{');
    expect(script).not.toMatch(/\$\((?!dirname|node |git )/);
  });

  it.each(scripts.flatMap(slipwayLines))('call slipway as it is: %s', async (line) => {
    const known = { UNTIL: 'promoted', TIMEOUT: '5h', RELEASE: toldRelease().id, APP: 'shop' };
    expect(await refusal(wordsOf(line, known))).toBeUndefined();
  });

  it('give no secret as an argument', () => {
    for (const script of scripts) expect(script).not.toMatch(/--key|SLIPWAY_KEY|token/i);
  });
});

describe('actions and tasks', () => {
  it('are pinned', () => {
    const uses = [...`${ACTION}\n${WORKFLOW}`.matchAll(/uses: (\S+)(.*)/g)];
    expect(uses.length).toBeGreaterThan(2);
    for (const [, name = '', comment = ''] of uses) {
      if (!name.startsWith('./'))
        expect(`${name}${comment}`).toMatch(/@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    }
    for (const { task: name } of tasks) expect(name).toMatch(/@\d+$/);
  });
});

describe('inputs', () => {
  it.each(Object.keys(action.inputs))('%s of the action is used and documented', (name) => {
    expect(ACTION).toContain(`inputs.${name}`);
    expect(DOCS).toContain(`\`${name}\``);
  });

  it.each(template.parameters.map(({ name }) => name))(
    '%s of the template is used and documented',
    (name) => {
      expect(STEPS).toContain(`parameters.${name}`);
      expect(DOCS).toContain(`\`${name}\``);
    },
  );

  it('of the examples are those of the templates, the needed ones among them', () => {
    const workflow = z
      .object({
        jobs: z.object({
          release: z.object({
            steps: z.array(
              z.looseObject({
                uses: z.string().optional(),
                with: z.record(z.string(), z.unknown()).optional(),
              }),
            ),
          }),
        }),
      })
      .parse(parse(WORKFLOW));
    const given = Object.keys(
      workflow.jobs.release.steps.find(({ uses }) => uses?.startsWith('./'))?.with ?? {},
    );
    expect(Object.keys(action.inputs)).toEqual(expect.arrayContaining(given));
    expect(given).toEqual(expect.arrayContaining(['url', 'app', 'version']));
    const { stages } = pipeline.parse(parse(PIPELINE));
    const used = stages.flatMap(({ jobs }) => jobs.flatMap(({ steps }) => steps));
    const set = Object.keys(used.find((step) => step.template !== undefined)?.parameters ?? {});
    expect(template.parameters.map(({ name }) => name)).toEqual(expect.arrayContaining(set));
    expect(set).toEqual(expect.arrayContaining(['url', 'serviceConnection', 'app', 'version']));
  });
});
