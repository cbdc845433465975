import { isRestError } from '@azure/core-rest-pipeline';
import { AzureCallError } from '../../controller/ports/azure-errors.ts';

/** Errors of @azure/identity: no token, so nothing was sent. */
const NO_TOKEN = [
  'AuthenticationError',
  'AuthenticationRequiredError',
  'AggregateAuthenticationError',
  'CredentialUnavailableError',
];

/**
 * Runs SDK calls so that nothing but AzureCallError comes out. Error answers are one already
 * (policies.ts); here come the calls that got no answer, or one that nobody expected.
 * @param what for the message: `read the rules of shop`
 */
export async function callAzure<T>(what: string, call: () => Promise<T>): Promise<T> {
  try {
    return await call();
  } catch (error) {
    throw azureErrorOf(error, what);
  }
}

function azureErrorOf(cause: unknown, what: string): AzureCallError {
  if (cause instanceof AzureCallError) return cause;
  const said = cause instanceof Error ? cause.message : String(cause);
  if (cause instanceof Error && NO_TOKEN.includes(cause.name)) {
    return new AzureCallError(`could not ${what}, there is no Azure token: ${said}`, {
      cause,
      code: cause.name,
      failure: 'busy',
    });
  }
  const answered = isRestError(cause) && cause.statusCode !== undefined;
  if (isRestError(cause) && !answered) {
    return new AzureCallError(`could not ${what}, Azure gave no answer: ${said}`, {
      cause,
      code: cause.code ?? 'no-answer',
      failure: 'unknown',
    });
  }
  return new AzureCallError(`could not ${what}, Azure's answer was not understood: ${said}`, {
    cause,
    code: 'unexpected-answer',
    failure: 'unknown',
    status: answered ? cause.statusCode : undefined,
  });
}
