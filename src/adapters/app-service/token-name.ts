import { z } from 'zod';

/** Claims of Azure's access tokens that name their owner: people, then applications. */
const claims = z.object({
  upn: z.string().optional(),
  unique_name: z.string().optional(),
  appid: z.string().optional(),
});

/**
 * Whom an access token of ours names, for a record that is a claim anyway: the token was given to us
 * by the one who signed in, so nothing is verified. Undefined when it names nobody or is no JWT.
 */
export function nameInToken(token: string): string | undefined {
  try {
    const text = Buffer.from(token.split('.')[1] ?? '', 'base64url').toString('utf8');
    const { upn, unique_name: uniqueName, appid } = claims.parse(JSON.parse(text));
    return upn ?? uniqueName ?? appid;
  } catch {
    return undefined;
  }
}
