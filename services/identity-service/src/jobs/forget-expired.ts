import { job } from '../config.ts'
import { MANUAL_FAILURES, secondsAfter } from '../domain/lockout.ts'

const EVERY_MS = 600_000
const DAY_S = 86_400
/** Rows a statement takes at most, so that no lock is held long. */
const MOST = 2_000

/** Ends sessions whose time is over, and deletes what nobody may use any more. */
export const forgetExpired = job('forget-expired', {
  everyMs: EVERY_MS,
  async run({ database, clock }) {
    const sql = database.app
    const now = clock.wall.now()
    const ago = (days: number): Date => secondsAfter(now, -days * DAY_S)
    await sql`
      update sessions set status = 'EXPIRED' where session_id in (
        select session_id from sessions where status = 'ACTIVE' and expires_at < ${now} limit ${MOST} for update skip locked)`
    await sql`
      delete from sessions where session_id in (
        select session_id from sessions where status <> 'ACTIVE' and expires_at < ${ago(90)} limit ${MOST})`
    await sql`
      delete from refresh_tokens where token_hash in (
        select token_hash from refresh_tokens join sessions using (session_id)
        where status <> 'ACTIVE' and sessions.expires_at < ${ago(1)} limit ${MOST})`
    await sql`
      delete from one_time_codes where code_id in (select code_id from one_time_codes where expires_at < ${ago(1)} limit ${MOST})`
    await sql`
      delete from challenges where challenge_id in (
        select challenge_id from challenges where expires_at < ${now} limit ${MOST})`
    await sql`
      delete from passkey_ceremonies where ceremony_id in (
        select ceremony_id from passkey_ceremonies where expires_at < ${now} limit ${MOST})`
    await sql`
      delete from code_failures where email_hash in (
        select email_hash from code_failures where window_start < ${ago(30)} limit ${MOST})`
    await sql`
      delete from known_devices where ctid = any(array(
        select ctid from known_devices where last_used_at < ${ago(180)} limit ${MOST}))`
    await sql`delete from source_attempts where window_start < ${ago(1)}`
    await sql`
      delete from guessed_addresses where ctid = any(array(
        select ctid from guessed_addresses where hour < ${secondsAfter(now, -2 * 3_600)} limit ${MOST}))`
    await sql`
      delete from staff_invitations where token_hash in (
        select token_hash from staff_invitations where expires_at < ${ago(30)} limit ${MOST})`
    // A count of wrong passwords is forgotten after 30 quiet days, one that waits for somebody to end it after a year.
    await sql`
      delete from address_attempts where ctid = any(array(
        select ctid from address_attempts
        where updated_at < ${ago(30)} and (failures < ${MANUAL_FAILURES} or updated_at < ${ago(365)}) limit ${MOST}))`
    await sql`delete from mails where mail_id in (select mail_id from mails where sent_at < ${ago(1)} limit ${MOST})`
  },
})
