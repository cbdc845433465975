/**
 * `npm run fuzz -- [--runs 120000] [--seed S] [--only NAME[,NAME]] [--path P]`: hostile inputs for every
 * parser and every door. Ends with 1 when one crashed, hung, answered 5xx or took what it must not.
 */
import { parseArgs } from 'node:util';

import { HELP, runAll } from './run.ts';

// Libraries warn of odd inputs; here all inputs are odd.
process.removeAllListeners('warning');

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '120000' },
    seed: { type: 'string', default: String(Date.now() % 1_000_000) },
    only: { type: 'string' },
    path: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  console.log(HELP);
} else {
  const sound = await runAll({
    runs: Number(values.runs),
    seed: Number(values.seed),
    only: values.only?.split(','),
    path: values.path,
    print: (line) => console.log(line),
  });
  // Servers and workers of targets are stopped; what a library still holds must not keep us.
  process.exit(sound ? 0 : 1);
}
