/**
 * `npm run fuzz -- [--runs 120000] [--seed S] [--only NAME[,NAME]] [--path P]`: hostile inputs for every
 * parser and every door. Ends with 1 when one crashed, hung, answered 5xx or took what it must not.
 */
import { parseArgs } from 'node:util';

import { type FuzzOptions, HELP, runAll, wrongOption } from './run.ts';

// Libraries warn of odd inputs; here all inputs are odd.
process.removeAllListeners('warning');

type Asked = Omit<FuzzOptions, 'print'>;

const asked = readAsked();
if (typeof asked === 'string') {
  process.stderr.write(`${asked}\n${HELP}\n`);
  process.exit(2);
}
if (asked === undefined) {
  console.log(HELP);
} else {
  const sound = await runAll({ ...asked, print: (line) => console.log(line) });
  // Servers and workers of targets are stopped; what a library still holds must not keep us.
  process.exit(sound ? 0 : 1);
}

/** Undefined: only the usage is wanted. A text: what is wrong. */
function readAsked(): Asked | string | undefined {
  try {
    const { values } = parseArgs({
      options: {
        runs: { type: 'string', default: '120000' },
        seed: { type: 'string', default: String(Date.now() % 1_000_000) },
        only: { type: 'string' },
        path: { type: 'string' },
        help: { type: 'boolean', default: false },
      },
    });
    if (values.help) return undefined;
    const options = {
      runs: Number(values.runs),
      seed: Number(values.seed),
      only: values.only?.split(','),
      path: values.path,
    };
    return wrongOption(options) ?? options;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}
