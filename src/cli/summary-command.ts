/** `slipway summary`: what a CI run shows of its release when it is over. */
import { type Command, Option } from 'commander';

import { type AccessOptions, accessOf, addAccess } from './access.ts';
import { addRelease, type AppOption, releaseOf } from './find-release.ts';
import { summaryMarkdown } from './summary-markdown.ts';
import { allAudit, getRelease } from './slipway-api.ts';

interface SummaryOptions extends AccessOptions, AppOption {
  readonly format: 'markdown';
  readonly chart: 'mermaid' | 'text';
}

const EXAMPLES = `
Examples:
  slipway summary --app shop >> "$GITHUB_STEP_SUMMARY"
  slipway summary --app shop --chart text > summary.md   # without mermaid
`;

/** Adds the command to the program. */
export function addSummary(program: Command): void {
  addAccess(addRelease(program.command('summary')))
    .description('Writes a release down in Markdown, with a chart: for the page of a CI run.')
    .addOption(
      new Option('--format <format>', 'of the summary').choices(['markdown']).default('markdown'),
    )
    .addOption(
      new Option('--chart <chart>', 'mermaid: drawn by GitHub; text: bars of characters')
        .choices(['mermaid', 'text'])
        .default('mermaid'),
    )
    .addHelpText('after', EXAMPLES)
    .action(summary);
}

async function summary(given: string | undefined, options: SummaryOptions): Promise<void> {
  const access = accessOf(options);
  const id = await releaseOf(access, given, options);
  const { release } = await getRelease(access, id);
  const rows = await allAudit(access, id, 1);
  const markdown = summaryMarkdown(release, rows, options.chart);
  console.log(options.json ? JSON.stringify({ release, markdown }, undefined, 2) : markdown);
}
