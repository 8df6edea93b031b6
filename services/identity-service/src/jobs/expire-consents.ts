import { job } from '../config.ts'

/** Rows a statement takes at most, so that no lock is held long. */
const MOST = 2_000

/** Consents whose time is over say so, and visits to pages that are over are forgotten. Tokens ended by themselves: none outlives its consent. */
export const expireConsents = job('expire-consents', {
  everyMs: 60_000,
  async run({ database, clock }) {
    const now = clock.wall.now()
    await database.app`
      update consents set status = 'EXPIRED', ended_at = expires_at, ended_by = 'POLICY', ended_reason = 'TIME_OVER'
      where consent_id in (
        select consent_id from consents where status in ('AUTHORISED', 'ACTIVE') and expires_at < ${now}
        order by expires_at limit ${MOST} for update skip locked)`
    await database.app`
      delete from page_visits where uid_hash in (select uid_hash from page_visits where expires_at < ${now} limit ${MOST})`
  },
})
