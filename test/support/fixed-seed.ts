// Property tests draw the same cases in every run, so that a red run is red again. To explore:
// FC_SEED=$RANDOM npm test -- test/release
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env.FC_SEED ?? 1) });
