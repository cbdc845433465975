import type { DoctorAnswer } from '../api/contract.ts';
import { parseDoctorQuestion } from '../api/doctor-question.ts';
import { bodyText, parseAppName, parseNoQuery } from '../api/parse-request.ts';
import type { HttpDoor } from './shared/http-handler.ts';
import { httpRoute } from './shared/http-route.ts';

/** POST /api/apps/{name}/doctor */
export const doctor: HttpDoor = async ({ request, slipway, caller }) => {
  parseNoQuery(request.query);
  const name = parseAppName(request.params.name);
  const question = parseDoctorQuestion(bodyText(new Uint8Array(await request.arrayBuffer())));
  const body: DoctorAnswer = { checkup: await slipway.doctor({ ...question, name }, caller) };
  return { status: 200, body };
};

httpRoute({
  name: 'doctor',
  methods: ['POST'],
  route: 'apps/{name}/doctor',
  // It sends requests to the slot and spends what Azure allows Slipway's identity: as a start would.
  right: 'start',
  door: doctor,
});
