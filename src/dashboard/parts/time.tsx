import { now } from '../clock.ts';
import { ago, clockTime, exactTime } from '../view/format.ts';

/** `3 min ago`, with the exact time for whoever asks. */
export function Ago({ at }: { readonly at: string }) {
  return (
    <time dateTime={at} title={exactTime(at)}>
      {ago(at, now.value)}
    </time>
  );
}

/** `14:03:22`, with the whole for whoever asks. */
export function Clock({ at }: { readonly at: string }) {
  return (
    <time dateTime={at} title={exactTime(at)}>
      {clockTime(at, now.value)}
    </time>
  );
}
