/** A source of uniform numbers, 0 <= x < 1; what `d3-random`'s `.source(...)` takes. */
export type Random = () => number;

/**
 * sfc32 (Chris Doty-Humphrey, PractRand): 128 bits of state, so that hundreds of millions of draws
 * do not come near its period, as they would with the 32 bits of test/support/prng.ts and of
 * `randomLcg`. Each number has 53 random bits. Any list of whole numbers is a seed of its own, and
 * the same list gives the same numbers on every machine.
 */
export function createRandom(...seed: readonly number[]): Random {
  let a = hash(seed, 0x9e37_79b9);
  let b = hash(seed, 0x243f_6a88);
  let c = hash(seed, 0xb7e1_5162);
  let counter = 1;
  const word = (): number => {
    const mixed = (a + b + counter) | 0;
    counter = (counter + 1) | 0;
    a = b ^ (b >>> 9);
    b = (c + (c << 3)) | 0;
    c = (((c << 21) | (c >>> 11)) + mixed) | 0;
    return mixed >>> 0;
  };
  // Its author's advice: what is alike in two seeds has gone after 12 rounds.
  for (let round = 0; round < 12; round += 1) word();
  return () => ((word() >>> 5) * 0x400_0000 + (word() >>> 6)) / 2 ** 53;
}

/** MurmurHash3 (Austin Appleby) of the numbers. */
function hash(seed: readonly number[], start: number): number {
  let state = start;
  for (const part of seed) {
    let key = Math.imul(part | 0, 0xcc9e_2d51);
    key = Math.imul((key << 15) | (key >>> 17), 0x1b87_3593);
    state ^= key;
    state = (Math.imul((state << 13) | (state >>> 19), 5) + 0xe654_6b64) | 0;
  }
  state ^= seed.length;
  state = Math.imul(state ^ (state >>> 16), 0x85eb_ca6b);
  state = Math.imul(state ^ (state >>> 13), 0xc2b2_ae35);
  return state ^ (state >>> 16);
}
