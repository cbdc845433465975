/** The checkup for people. Signs and words say what colours say, and commands stay whole, to be copied. */
import type { Check, CheckStatus, Checkup } from '../release/doctor.ts';
import { type Look, oneLine, wrap } from './look.ts';

const SIGNS: Readonly<Record<CheckStatus, string>> = {
  problem: '✗ problem',
  unknown: '? unknown',
  warning: '! warning',
  ok: '✓ ok',
};

const SIGN_WIDTH = 11;
/** Narrower than this no terminal is catered for. */
const TEXT_LEAST = 20;

export function reportText(checkup: Checkup, look: Look): string {
  const open = checkup.checks.filter(({ status }) => status !== 'ok');
  const well = checkup.checks.filter(({ status }) => status === 'ok');
  return [
    headline(checkup, look),
    ...open.map((check) => openText(check, look)),
    ...(well.length === 0 ? [] : [wellTexts(well, look).join('\n')]),
    sentence(checkup, look),
  ].join('\n\n');
}

function headline(
  { app, site, slot, plan, version, baseline, by, via }: Checkup,
  look: Look,
): string {
  const name = app ?? site.split('/').at(-1) ?? site;
  const versions =
    version === null
      ? 'the version is not known yet'
      : `${version}${baseline === null ? '' : ` against ${baseline}`}`;
  const own = via === 'own' ? 'your own sign-in' : "Slipway's identity";
  const who = by === null ? own : `${own} (${by})`;
  return look.colors.bold(
    oneLine(`${name}, slot ${slot}, plan ${plan}: ${versions}. Seen by ${who}.`),
  );
}

function openText({ title, status, message, fix }: Check, look: Look): string {
  const fixes =
    fix === null ? [] : fix.split('\n').map((line) => indented(`fix: ${oneLine(line)}`));
  return [
    `${signOf(status, look)}${look.colors.bold(title)}`,
    ...wrapped(message, look).map(indented),
    ...fixes.map((line) => look.colors.cyan(line)),
  ].join('\n');
}

/** One line each, the titles in a column of their own where there is room for it. */
function wellTexts(checks: readonly Check[], look: Look): readonly string[] {
  const widest = Math.max(...checks.map(({ title }) => title.length)) + GAP;
  const isRoomy = look.columns >= ROOMY;
  return checks.map(({ title, message }) => {
    const indent = isRoomy ? widest : 0;
    const text = isRoomy ? message : `${title}: ${message}`;
    const [first = '', ...more] = wrapped(text, { ...look, columns: look.columns - indent });
    const label = isRoomy ? title.padEnd(widest) : '';
    const rest = more.map((line) => indented(`${' '.repeat(indent)}${line}`));
    return [`${signOf('ok', look)}${label}${first}`, ...rest].join('\n');
  });
}

const GAP = 2;
const ROOMY = 80;

function signOf(status: CheckStatus, { colors }: Look): string {
  const paint = {
    problem: colors.red,
    unknown: colors.magenta,
    warning: colors.yellow,
    ok: colors.green,
  };
  return paint[status](SIGNS[status].padEnd(SIGN_WIDTH));
}

function wrapped(text: string, { columns }: Look): readonly string[] {
  return wrap(oneLine(text), Math.max(TEXT_LEAST, columns - SIGN_WIDTH - 1));
}

function indented(line: string): string {
  return `${' '.repeat(SIGN_WIDTH)}${line}`;
}

function sentence({ verdict, checks }: Checkup, { colors }: Look): string {
  const count = (status: CheckStatus, one: string, many: string): readonly string[] => {
    const number = checks.filter((check) => check.status === status).length;
    return number === 0 ? [] : [`${number} ${number === 1 ? one : many}`];
  };
  const counted = [
    ...count('problem', 'problem', 'problems'),
    ...count('unknown', 'unknown', 'unknown'),
    ...count('warning', 'warning', 'warnings'),
    ...count('ok', 'check is well', 'checks are well'),
  ].join(', ');
  switch (verdict) {
    case 'ready':
      return colors.green(`A release would be taken: ${counted}.`);
    case 'refused':
      return colors.red(`A release would be refused: ${counted}.`);
    case 'unknown':
      return colors.magenta(`It cannot be told whether a release would be taken: ${counted}.`);
  }
}
