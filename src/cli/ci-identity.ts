/** The identity of a GitHub job that may ask for tokens of its own (`id-token: write`). */
import type { GithubIdentity } from '../app.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * `az login` in a job holds GitHub's token, which ends after minutes, and cannot get another: an hour later
 * it can sign in no more (github.com/Azure/azure-cli/issues/28708). A watch takes longer, so it asks GitHub
 * itself, whenever a token of Entra has run out.
 * @returns undefined outside of such a job
 */
export function githubIdentity(env: Environment): GithubIdentity | undefined {
  const {
    ACTIONS_ID_TOKEN_REQUEST_URL: url,
    ACTIONS_ID_TOKEN_REQUEST_TOKEN: bearer,
    AZURE_CLIENT_ID: clientId,
    AZURE_TENANT_ID: tenantId,
  } = env;
  if (!url || !bearer || !clientId || !tenantId) return undefined;
  return { url, bearer, clientId, tenantId };
}
