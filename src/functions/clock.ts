import { app, type TimerHandler } from '@azure/functions';

import { type Controller, openSlipway, withInvocationLog } from '../app.ts';

/**
 * Sends a tick for every release that is due.
 * @param open Gives the use cases; tests give fakes.
 */
export function clock(open: () => Promise<Controller> = openSlipway): TimerHandler {
  return (_timer, context) =>
    withInvocationLog(context, async () => {
      const slipway = await open();
      const sent = await slipway.clock();
      if (sent > 0) context.debug(`${sent} ticks sent`);
    });
}

app.timer('clock', { schedule: '%SLIPWAY_CLOCK_SCHEDULE%', handler: clock() });
