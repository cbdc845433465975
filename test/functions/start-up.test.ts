import { afterEach, describe, expect, it } from 'vitest';
import { tellSettings } from '../../src/functions/shared/start-up.ts';

describe('start-up', () => {
  const before = { ...process.env };
  afterEach(() => {
    process.env = { ...before };
  });

  it('says everything that is wrong with the settings at once, each by its name', () => {
    process.env = { SLIPWAY_TIME_SCALE: 'fast', SLIPWAY_WORKSPACE_ID: 'none' };
    const lines: string[] = [];
    tellSettings((line) => lines.push(line));
    expect(lines).toHaveLength(1);
    for (const name of [
      'AzureWebJobsStorage',
      'SLIPWAY_CLOCK_SCHEDULE',
      'SLIPWAY_TIME_SCALE',
      'SLIPWAY_WORKSPACE_ID',
    ]) {
      expect(lines[0]).toContain(name);
    }
  });

  it('says that keys are asked for while Easy Auth is wanted and not on', () => {
    process.env = {
      AzureWebJobsStorage: 'UseDevelopmentStorage=true',
      SLIPWAY_CLOCK_SCHEDULE: '*/30 * * * * *',
      SLIPWAY_AUTH: 'easy-auth',
    };
    const lines: string[] = [];
    tellSettings((line) => lines.push(line));
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain('WEBSITE_AUTH_ENABLED');
  });

  it('is silent when all is well', () => {
    process.env = {
      AzureWebJobsStorage: 'UseDevelopmentStorage=true',
      SLIPWAY_CLOCK_SCHEDULE: '*/30 * * * * *',
    };
    const lines: string[] = [];
    tellSettings((line) => lines.push(line));
    expect(lines).toEqual([]);
  });
});
