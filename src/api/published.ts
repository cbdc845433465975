/** What is published as it stands: the form of a plan, and the description of this API. */
export { default as openapiDocument } from '../../docs/openapi.json' with { type: 'json' };
export { publishedPlanSchema } from '../release/published-plan-schema.ts';
