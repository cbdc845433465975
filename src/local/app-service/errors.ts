/** The error answers of ARM and of App Service: two envelopes (azure.md 1.7). */

/** Thrown by a handler of the ARM surface; becomes the answer. */
export class ArmAnswerError extends Error {
  readonly code = 'ARM_ANSWER';
  readonly status: number;
  readonly body: unknown;
  readonly headers: Readonly<Record<string, string>>;

  constructor(answer: {
    status: number;
    message: string;
    body: unknown;
    headers?: Readonly<Record<string, string>>;
  }) {
    super(answer.message);
    this.name = 'ArmAnswerError';
    this.status = answer.status;
    this.body = answer.body;
    this.headers = answer.headers ?? {};
  }
}

/** Mistakes in the use of the stand-in itself: an unknown slot, content that never answers. */
export class AppServiceError extends Error {
  readonly code: string;

  constructor(code: string, message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'AppServiceError';
    this.code = code;
  }
}

/** What ARM itself answers, before or instead of App Service. */
export function armError(
  status: number,
  code: string,
  { message, headers = {} }: { message: string; headers?: Readonly<Record<string, string>> },
): ArmAnswerError {
  return new ArmAnswerError({ status, message, headers, body: { error: { code, message } } });
}

/** Code, text and parameters of an error of App Service. */
export interface SiteErrorFacts {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly extendedCode?: string;
  readonly template?: string;
  readonly parameters?: readonly string[];
}

/** App Service's own envelope, which SDK 19 cannot read. */
export function siteErrorBody(facts: SiteErrorFacts): unknown {
  const { code, message } = facts;
  return {
    Code: code,
    Message: message,
    Target: null,
    Details: [
      { Message: message },
      { Code: code },
      {
        ErrorEntity: {
          ExtendedCode: facts.extendedCode ?? '51004',
          MessageTemplate: facts.template ?? message,
          Parameters: facts.parameters ?? [],
          Code: code,
          Message: message,
        },
      },
    ],
    Innererror: null,
  };
}

/** The same as something to throw. */
export function siteError(facts: SiteErrorFacts): ArmAnswerError {
  return new ArmAnswerError({
    status: facts.status,
    message: facts.message,
    body: siteErrorBody(facts),
  });
}

/** A swap whose source did not answer. Also what `swap.next({kind: 'fail'})` says by default. */
export function noPingFacts(site: string, slot: string): SiteErrorFacts {
  return {
    status: 417,
    code: 'ExpectationFailed',
    message: `Cannot swap site slots for site '${site}' because the '${slot}' slot did not respond to http ping.`,
    extendedCode: '04070',
  };
}

/** Every write while a swap runs. ExtendedCode as in the captures; not confirmed for sites. */
export function operationInProgress(operation: { id: string; createdMs: number }): ArmAnswerError {
  const created = new Date(operation.createdMs).toLocaleString('en-US', { timeZone: 'UTC' });
  const details =
    `Id: ${operation.id}, OperationName: SwapSiteSlots, CreatedTime: ${created.replace(',', '')}, ` +
    `RequestId: ${operation.id}, EntityType: 3`;
  const template = 'Cannot modify this site because another operation is in progress. Details: ';
  return siteError({
    status: 409,
    code: 'Conflict',
    message: `${template}${details}`,
    extendedCode: '59203',
    template: `${template}{0}`,
    parameters: [details],
  });
}

/** A swap while a swap with preview is pending (azure-cli#27820). */
export function preparedForSwap(): ArmAnswerError {
  return siteError({
    status: 409,
    code: 'Conflict',
    message:
      'The slot cannot be changed because its configuration settings have been prepared for swap.',
  });
}
