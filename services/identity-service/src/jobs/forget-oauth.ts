import { job } from '../config.ts'
import { secondsAfter } from '../domain/lockout.ts'

const EVERY_MS = 300_000
/** Rows a statement takes at most, so that no lock is held long. */
const MOST = 2_000
/** Statements of one run at most; each request with a proof of possession leaves a row, a thousand a second in a busy bank. */
const STATEMENTS = 500
/** A code that comes again after its minute is still known as used; its grant ends for it. */
const KEPT_S = 3_600

/** Deletes what the authorization server keeps and nobody may use any more. */
export const forgetOauth = job('forget-oauth', {
  everyMs: EVERY_MS,
  async run({ database, clock }) {
    const sql = database.app
    const now = clock.wall.now()
    await untilLess(
      () => sql`
      delete from oauth_artifacts where ctid = any(array(
        select ctid from oauth_artifacts where expires_at < ${secondsAfter(now, -KEPT_S)} limit ${MOST}))`,
    )
    await untilLess(
      () => sql`
      delete from oauth_spent where ctid = any(array(
        select ctid from oauth_spent where expires_at < ${now} limit ${MOST}))`,
    )
  },
})

/** Deletes until there is no full statement left to delete. */
async function untilLess(deleteSome: () => PromiseLike<{ count: number }>): Promise<void> {
  for (let statement = 0; statement < STATEMENTS; statement += 1) if ((await deleteSome()).count < MOST) return
}
