import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // Forks, not threads: tests start processes, send signals and change the environment.
    pool: 'forks',
    // Two cores suffice; more workers would only make the timed tests slower than their limits.
    maxWorkers: 2,
    // Hooks start servers (Azurite, the stand-ins), whatever the kind of the test.
    hookTimeout: 60_000,
    setupFiles: ['test/support/fixed-seed.ts'],
    projects: [
      {
        extends: true,
        test: {
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/e2e/**'],
          // Generous: the machine may be busy, and no test is about speed.
          testTimeout: 30_000,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'e2e',
          include: ['test/e2e/**/*.test.ts'],
          testTimeout: 120_000,
          // Each drives a whole function app: alone, after the others.
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
