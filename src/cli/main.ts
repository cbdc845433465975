#!/usr/bin/env node
/** The command `slipway`. Exit codes: 0 good, 1 bad, 2 wrong usage, 3 could not tell. */
import { fail } from './failure.ts';
import { createProgram } from './program.ts';

// Who reads the beginning only (`slipway … | head`) has seen enough. What was begun goes on to its end, and
// the exit code is the command's own.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error;
});

createProgram().parseAsync().catch(fail);
