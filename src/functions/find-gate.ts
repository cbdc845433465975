import { gateAnswer } from '../api/gate-answer.ts';
import { parseFindGateQuery } from '../api/parse-request.ts';
import type { HttpDoor } from './shared/http-handler.ts';
import { httpRoute } from './shared/http-route.ts';

/** GET /api/gates?key=…: checks of Azure Pipelines know the run and no release id */
export const findGate: HttpDoor = async ({ request, slipway, links }) => {
  const { kind, ...of } = parseFindGateQuery(request.query);
  const state = await slipway.readGate({ of, kind });
  return { status: 200, body: gateAnswer(state, kind, links) };
};

httpRoute({ name: 'find-gate', methods: ['GET'], route: 'gates', right: 'read', door: findGate });
