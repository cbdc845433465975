/** What a CI run says of itself in its environment: who, which run, which commit. */

type Environment = Readonly<Record<string, string | undefined>>;

export interface CiRun {
  readonly name: string;
  readonly run: string;
  readonly commit: string | undefined;
  /** The same for every try of one attempt of the run; another attempt has another. */
  readonly attempt: string;
}

/** @returns undefined outside of GitHub Actions and Azure Pipelines */
export function ciRun(env: Environment): CiRun | undefined {
  if (env.GITHUB_ACTIONS === 'true') return githubRun(env);
  // https://learn.microsoft.com/azure/devops/pipelines/build/variables
  if (env.TF_BUILD === 'True') return azureRun(env);
  return undefined;
}

// https://docs.github.com/actions/reference/workflows-and-actions/variables
function githubRun(env: Environment): CiRun | undefined {
  const { GITHUB_SERVER_URL: server, GITHUB_REPOSITORY: repository, GITHUB_RUN_ID: id } = env;
  if (!server || !repository || !id) return undefined;
  const attempt = env.GITHUB_RUN_ATTEMPT ?? '1';
  return {
    // Who asked for this attempt; the actor is who caused the first one.
    name: env.GITHUB_TRIGGERING_ACTOR ?? env.GITHUB_ACTOR ?? 'github',
    run: `${server}/${repository}/actions/runs/${id}/attempts/${attempt}`,
    commit: env.GITHUB_SHA,
    attempt: `github-${id}-${attempt}`,
  };
}

function azureRun(env: Environment): CiRun | undefined {
  const { SYSTEM_COLLECTIONURI: collection, SYSTEM_TEAMPROJECT: project, BUILD_BUILDID: id } = env;
  if (!collection || !project || !id) return undefined;
  const attempt = `${env.SYSTEM_STAGEATTEMPT ?? '1'}-${env.SYSTEM_JOBATTEMPT ?? '1'}`;
  const at = collection.endsWith('/') ? collection : `${collection}/`;
  return {
    name: env.BUILD_REQUESTEDFOR ?? 'azure-pipelines',
    run: `${at}${encodeURIComponent(project)}/_build/results?buildId=${id}`,
    commit: env.BUILD_SOURCEVERSION,
    attempt: `azure-${id}-${attempt}`,
  };
}
