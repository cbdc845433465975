import { pageFileOf } from '../api/page-files.ts';
import { staticRoute } from './shared/http-route.ts';

/** GET /api/dashboard/{file}: what the page needs, by the names that there are */
staticRoute({
  name: 'dashboard-file',
  methods: ['GET'],
  route: 'dashboard/{file}',
  door: ({ file }) => pageFileOf(file),
});
