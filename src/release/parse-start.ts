/** From text that anybody may have sent to a start request, or to the complete list of problems. */
import { z } from 'zod';
import { BOUNDS } from '../limits.ts';
import { InvalidInputError, type Problem } from './errors.ts';
import { normalisePlan, risingProblems } from './normalise-plan.ts';
import type { StartRequest } from './start-message.ts';
import { plainText, writtenPlan } from './written-plan.ts';

const guid = z
  .string()
  .regex(
    /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i,
    'a GUID such as 11111111-2222-3333-4444-555555555555',
  );

const resourceGroup = z
  .string()
  .max(90)
  .regex(/^[-\w.()]*[-\w()]$/, 'letters, digits, - _ . ( ), not ending in a full stop');

const siteName = z
  .string()
  .regex(/^[a-z0-9]([a-z0-9-]{0,58}[a-z0-9])?$/i, 'letters, digits and hyphens, at most 60');

const component = z
  .string()
  .max(400)
  .regex(
    /^\/subscriptions\/[^/]+\/resourceGroups\/[^/]+\/providers\/Microsoft\.Insights\/components\/[^/'"|]+$/i,
    "an Application Insights component's resource id",
  );

const startMessage = z.strictObject({
  key: plainText(200).optional(),
  target: z.strictObject({ subscriptionId: guid, resourceGroup, site: siteName }),
  slot: siteName.refine(
    (name) => name.toLowerCase() !== 'production',
    'the canary is never in production; name its slot',
  ),
  version: plainText(100),
  baselineVersion: plainText(100).optional(),
  telemetry: z
    .strictObject({
      workspaceId: guid.optional(),
      component: component.optional(),
      role: plainText(200).optional(),
    })
    .optional(),
  plan: writtenPlan.optional(),
  requestedBy: z
    .strictObject({
      name: plainText(200),
      run: plainText(1_000).optional(),
      commit: plainText(100).optional(),
    })
    .optional(),
});

/**
 * Parses a start message (JSON text, or an object that a trigger parsed already).
 * @throws InvalidInputError with every problem and its path.
 */
export function parseStart(input: unknown): StartRequest {
  const value = typeof input === 'string' ? parseJson(input) : input;
  const parsed = startMessage.safeParse(value);
  if (!parsed.success) {
    const problems = [...problemsOf(parsed.error), ...wholePlanProblems(value)];
    throw new InvalidInputError('the start message', problems);
  }
  const written = parsed.data;
  const normalised = normalisePlan(written.plan ?? 'standard', 'plan');
  if ('problems' in normalised)
    throw new InvalidInputError('the start message', normalised.problems);
  if (JSON.stringify(normalised.plan).length > BOUNDS.planChars) {
    const problem = {
      path: 'plan',
      code: 'plan-size',
      message: `the plan is longer than ${BOUNDS.planChars} characters with its defaults written out`,
    };
    throw new InvalidInputError('the start message', [problem]);
  }
  return {
    key: written.key,
    target: written.target,
    slot: written.slot,
    version: written.version,
    baselineVersion: written.baselineVersion,
    telemetry: {
      workspaceId: written.telemetry?.workspaceId,
      component: written.telemetry?.component,
      role: written.telemetry?.role,
    },
    plan: normalised.plan,
    requestedBy: {
      name: written.requestedBy?.name ?? 'unknown',
      run: written.requestedBy?.run,
      commit: written.requestedBy?.commit,
    },
  };
}

const anyPlan = z.looseObject({ plan: z.unknown() });
const anySteps = z.looseObject({ steps: z.array(z.looseObject({ weight: z.unknown() })) });

/** What only a whole plan shows, told together with problems of single keys as far as it can be. */
function wholePlanProblems(input: unknown): readonly Problem[] {
  const plan = anyPlan.safeParse(input).data?.plan;
  const written = writtenPlan.optional().safeParse(plan);
  if (!written.success) return risingProblems(anySteps.safeParse(plan).data?.steps ?? [], 'plan');
  const normalised = normalisePlan(written.data ?? 'standard', 'plan');
  return 'problems' in normalised ? normalised.problems : [];
}

const targetOnly = z.object({ target: startMessage.shape.target });

/** The app that a message is about, when at least that can be told; undefined otherwise. */
export function targetOf(input: unknown): StartRequest['target'] | undefined {
  try {
    const parsed = targetOnly.safeParse(typeof input === 'string' ? parseJson(input) : input);
    return parsed.success ? parsed.data.target : undefined;
  } catch {
    return undefined;
  }
}

/** @throws InvalidInputError when the text is too long or is not JSON. */
export function parseJson(text: string): unknown {
  const bytes = Buffer.byteLength(text, 'utf8');
  if (bytes > BOUNDS.messageBytes) {
    throw new InvalidInputError('the message', [
      { path: '', code: 'too-large', message: `${bytes} bytes, at most ${BOUNDS.messageBytes}` },
    ]);
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new InvalidInputError(
      'the message',
      [{ path: '', code: 'not-json', message: `not JSON: ${why}` }],
      { cause },
    );
  }
}

/** zod's issues in our words; one unknown key is one problem. */
export function problemsOf(error: z.ZodError): Problem[] {
  return error.issues.flatMap((issue) => issueProblems(issue, []));
}

type Issue = z.core.$ZodIssue;

function issueProblems(issue: Issue, above: readonly PropertyKey[]): Problem[] {
  const path = [...above, ...issue.path];
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({
      path: pathText([...path, key]),
      code: 'unknown-key',
      message: 'this key is unknown; check its spelling',
    }));
  }
  if (issue.code === 'invalid_union') return unionProblems(issue, path);
  const code = issue.code === 'custom' ? 'invalid-value' : issue.code.replaceAll('_', '-');
  return [{ path: pathText(path), code, message: wordsOf(issue) }];
}

/** What is absent is missing; "received undefined" is a word of the parser's. */
function wordsOf(issue: Issue): string {
  const { message } = issue;
  if (issue.code !== 'invalid_type') return message;
  if (message.endsWith('received undefined')) return `is missing; it is ${article(issue.expected)}`;
  return message.replace(/^Invalid input: expected/, 'expected');
}

function article(expected: string): string {
  return /^[aeiou]/.test(expected) ? `an ${expected}` : `a ${expected}`;
}

/** Of a union's branches the one that came furthest speaks: an object's own problems, not "no union". */
function unionProblems(
  issue: Extract<Issue, { code: 'invalid_union' }>,
  path: readonly PropertyKey[],
): Problem[] {
  const branches = issue.errors.filter((branch) =>
    branch.some((inner) => inner.code !== 'invalid_type' && inner.code !== 'invalid_value'),
  );
  const deep = branches.find((branch) =>
    branch.some((inner) => inner.path.length > 0 || inner.code === 'unrecognized_keys'),
  );
  const typed = issue.errors.filter(
    (branch) =>
      !branch.some(
        (inner) =>
          inner.path.length === 0 &&
          (inner.code === 'invalid_type' || inner.code === 'invalid_value'),
      ),
  );
  const chosen = deep ?? (typed.length === 1 ? typed[0] : undefined);
  if (chosen === undefined)
    return [{ path: pathText(path), code: 'invalid-value', message: issue.message }];
  return chosen.flatMap((inner) => issueProblems(inner, path));
}

function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((text, part) => {
    if (typeof part === 'number') return `${text}[${part}]`;
    return text === '' ? String(part) : `${text}.${String(part)}`;
  }, '');
}
