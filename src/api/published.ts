/** What is published as it stands: the form of a plan, and the description of this API. */
// eslint-disable-next-line slipway/walls -- JSON, which esbuild puts into the bundle: nothing of docs/ is needed there
export { default as openapiDocument } from '../../docs/openapi.json' with { type: 'json' };
export { publishedPlanSchema } from '../release/published-plan-schema.ts';
