import { job } from '../config.ts'

const EVERY_MS = 600_000
const DAY_MS = 86_400_000
/** Rows a statement takes at most, so that no lock is held long. */
const MOST = 2_000
const KEPT_DAYS = 30
/** Longer than any log of events is read again from. */
const TOLD_KEPT_DAYS = 400

/** Deletes what nobody needs any more: the sandbox's old mail, ends of old mails, and who was told of events long past. */
export const forgetOld = job('forget-old', {
  everyMs: EVERY_MS,
  async run({ database, clock }) {
    const sql = database.app
    const ago = (days: number): Date => new Date(clock.wall.now().getTime() - days * DAY_MS)
    await sql`delete from mailbox where mail_id in (select mail_id from mailbox where sent_at < ${ago(KEPT_DAYS)} limit ${MOST})`
    await sql`
      delete from mails where mail_id in (select mail_id from mails where accepted_at < ${ago(KEPT_DAYS)} limit ${MOST})`
    await sql`
      delete from told_events where ctid = any(array(
        select ctid from told_events where told_at < ${ago(TOLD_KEPT_DAYS)} limit ${MOST}))`
  },
})
