import type { JobContext } from '#libs/service/service.ts'
import { newTrace, withTrace } from '#libs/telemetry/context.ts'
import { job, type Own } from '../config.ts'
import { readCheckpoints, signCheckpoint } from '../store/seals/checkpoints.ts'
import { sealOnce } from '../store/seals/sealer.ts'

/** Seals are made without a pause for this long at a stretch, so that a stop of the process never waits longer. */
const AT_A_STRETCH_MS = 1_000
/** What was sealed stands under a signature after this long at the latest, by the wall clock. */
const CHECKPOINT_EVERY_MS = 3_600_000

/** Seals what was booked, a moment behind its commit. The books of a bank that was there before are sealed from their beginning. */
export const sealJournal = job('seal-journal', {
  everyMs: 100,
  async run(context) {
    const until = performance.now() + AT_A_STRETCH_MS
    await withTrace(newTrace(), async () => {
      while ((await sealOnce(context)) === 'MORE' && performance.now() < until);
      await signNowAndThen(context)
    })
  },
})

async function signNowAndThen({ database, clock, own }: JobContext<Own>): Promise<void> {
  const { sealing } = own
  const wall_ms = clock.wall.now().getTime()
  sealing.checkpoint_due_ms ??= wall_ms + CHECKPOINT_EVERY_MS
  if (wall_ms < sealing.checkpoint_due_ms) return
  sealing.checkpoint_due_ms = wall_ms + CHECKPOINT_EVERY_MS
  // Another instance, or the end of a day, may have been at it.
  const [last] = await readCheckpoints(database.app, { before: null, limit: 1 })
  if (last !== undefined && last.seal_no === sealing.head?.seal_no) return
  await database.transact((tx) => signCheckpoint(tx, { signer: own.signer, now: clock.bank.now() }))
}
