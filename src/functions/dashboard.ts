import { PAGE } from '../api/page-files.ts';
import { staticRoute } from './shared/http-route.ts';

/** GET /api/dashboard: the page */
staticRoute({ name: 'dashboard', methods: ['GET'], route: 'dashboard', door: () => PAGE });
