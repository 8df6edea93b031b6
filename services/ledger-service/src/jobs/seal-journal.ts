import { newTrace, withTrace } from '#libs/telemetry/context.ts'
import { job } from '../config.ts'
import { sealOnce } from '../store/seals/sealer.ts'

/** Seals are made without a pause for this long at a stretch, so that a stop of the process never waits longer. */
const AT_A_STRETCH_MS = 1_000

/** Seals what was booked, a moment behind its commit. The books of a bank that was there before are sealed from their beginning. */
export const sealJournal = job('seal-journal', {
  everyMs: 100,
  async run(context) {
    const until = performance.now() + AT_A_STRETCH_MS
    await withTrace(newTrace(), async () => {
      while ((await sealOnce(context)) !== 'IDLE' && performance.now() < until);
    })
  },
})
