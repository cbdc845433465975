import { startTestAzurite } from '../support/azurite.ts';
import { connectStore } from '../../src/adapters/store/connect.ts';
import { sampleRelease, sampleCreation, sampleAudit, sampleBins, freshAppKey } from '../support/store-samples.ts';
const az = await startTestAzurite();
const t00 = performance.now();
const s = connectStore({connectionString: az.connectionString},{encoding:'base64'});
await s.ensureTables(); console.log('connect+ensure', (performance.now()-t00).toFixed(0));
const q = (a:number[]) => { a.sort((x,y)=>x-y); return `median ${a[a.length>>1]!.toFixed(1)} p90 ${a[Math.floor(a.length*.9)]!.toFixed(1)} ms`; };
for (const n of [0, 60, 480, 5000, 10000]) {
  const r0 = sampleRelease(freshAppKey()); await s.releaseStore.create(sampleCreation(r0));
  let {etag} = (await s.releaseStore.load(r0.id))!; let r = r0;
  const all = sampleBins(n+300);
  for (let from=0; from<n; from+=5000) { r={...r, sequence:r.sequence+1}; etag = await s.releaseStore.commit({release:r, etag, audit:[sampleAudit(r0,r.sequence)], bins:{all:all.slice(0,Math.min(n,from+5000)),firstNew:from}, app:undefined}); }
  const loads:number[]=[], commits:number[]=[];
  for (let i=0;i<(n>1000?30:150);i++) {
    let t=performance.now(); const l = (await s.releaseStore.load(r0.id))!; loads.push(performance.now()-t);
    r={...l.release, sequence:r.sequence+1};
    t=performance.now(); etag = await s.releaseStore.commit({release:r, etag:l.etag, audit:[sampleAudit(r0,r.sequence)], bins:{all:all.slice(0,n+i+1),firstNew:n+i}, app:undefined}); commits.push(performance.now()-t);
  }
  console.log(n,'bins: load',q(loads),'commit',q(commits));
}
const d:number[]=[],k:number[]=[];
for (let i=0;i<100;i++){ const id=sampleRelease(freshAppKey()).id; let t=performance.now(); await s.dueTable.put({releaseId:id,at:1,since:1}); d.push(performance.now()-t); t=performance.now(); await s.tickQueue.send(id,0); k.push(performance.now()-t);}
console.log('due put (new)',q(d),'tick send',q(k));
console.log('skew', s.clock.skewMs());
await az.stop();
