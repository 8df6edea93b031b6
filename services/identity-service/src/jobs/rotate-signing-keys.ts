import { job } from '../config.ts'

const EVERY_MS = 600_000
const LIFE_S = 90 * 86_400

/** Signs with a new key every 90 days; verifiers meet it by its kid and ask for the keys. */
export const rotateSigningKeys = job('rotate-signing-keys', {
  everyMs: EVERY_MS,
  inEveryProcess: true,
  run: ({ own }) => own.keyRing.rotate(LIFE_S),
})
