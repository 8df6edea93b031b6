import type { Queryable, Tx } from '#libs/sql/database.ts'
import { CODE_FAILURES, CODE_FAILURES_WINDOW_S, isLocked, secondsAfter, secondsUntil } from '../domain/lockout.ts'
import type { AttemptKind, AttemptsRow } from '../tables.ts'

const SOURCE_WINDOW_MS = 900_000

/** The wrong tries of an address, locked until the transaction ends, so that parallel guesses are counted one by one. */
export async function lockAttempts(tx: Tx, email_hash: string, kind: AttemptKind, now: Date): Promise<AttemptsRow> {
  const [row] = await tx<AttemptsRow[]>`
    insert into address_attempts (email_hash, kind, failures, updated_at) values (${email_hash}, ${kind}, 0, ${now})
    on conflict (email_hash, kind) do update set kind = excluded.kind
    returning email_hash, kind, failures, locked_until`
  return row as AttemptsRow
}

/** Forgets the wrong passwords of an address, after a whole sign-in or a new password. */
export async function clearLoginFailures(tx: Tx, email_hash: string, now: Date): Promise<void> {
  await writeLoginAttempts(tx, email_hash, { failures: 0, locked_until: null }, now)
}

/** Writes the wrong passwords of an address; a user's own row keeps the same numbers. */
export async function writeLoginAttempts(
  tx: Tx,
  email_hash: string,
  { failures, locked_until }: { failures: number; locked_until: Date | null },
  now: Date,
): Promise<void> {
  await tx`
    update address_attempts set failures = ${failures}, locked_until = ${locked_until}, updated_at = ${now}
    where email_hash = ${email_hash} and kind = 'LOGIN'`
  await tx`
    update users set failed_login_attempts = ${failures}, locked_until = ${locked_until}, updated_at = ${now}
    where email_hash = ${email_hash}`
}

/** Counts one wrong code of an address: for the code, and for all codes of the address together. */
export async function countCodeFailure(tx: Tx, attempts: AttemptsRow, now: Date): Promise<void> {
  await tx`
    update address_attempts set failures = failures + 1, updated_at = ${now}
    where email_hash = ${attempts.email_hash} and kind = ${attempts.kind}`
  const since = secondsAfter(now, -CODE_FAILURES_WINDOW_S)
  await tx`
    insert into code_failures as f (email_hash, failures, window_start) values (${attempts.email_hash}, 1, ${now})
    on conflict (email_hash) do update set
      failures = case when f.window_start > ${since} then f.failures + 1 else 1 end,
      window_start = case when f.window_start > ${since} then f.window_start else ${now} end`
}

/** Locks every count of an address: before its user, and in one order, the one in which sign-ins and codes take them. */
export async function lockAllAttempts(tx: Tx, email_hash: string): Promise<void> {
  await tx`select 1 from address_attempts where email_hash = ${email_hash} order by kind for update`
}

/** Forgets every wrong password and wrong code of an address. */
export async function forgetAttempts(tx: Tx, email_hash: string): Promise<void> {
  await lockAllAttempts(tx, email_hash)
  await tx`select 1 from users where email_hash = ${email_hash} for update`
  await tx`delete from address_attempts where email_hash = ${email_hash}`
  await tx`delete from code_failures where email_hash = ${email_hash}`
}

/** True when an address, known or not, has had all the wrong codes of its window; none is right then. */
export async function areCodesSpent(tx: Tx, email_hash: string, now: Date): Promise<boolean> {
  const [row] = await tx`
    select 1 from code_failures where email_hash = ${email_hash} and failures >= ${CODE_FAILURES}
      and window_start > ${secondsAfter(now, -CODE_FAILURES_WINDOW_S)}`
  return row !== undefined
}

/** A new code was sent, or, for an unknown address, would have been: tries begin anew, so that both look alike. */
export async function renewCodeTries(tx: Tx, email_hash: string, kind: AttemptKind, now: Date): Promise<void> {
  await tx`
    insert into address_attempts (email_hash, kind, failures, updated_at) values (${email_hash}, ${kind}, 0, ${now})
    on conflict (email_hash, kind) do update set failures = 0, updated_at = ${now}`
}

/**
 * Seconds that a network source has to wait: it has used up the failures of its present window, or was slowed for trying many addresses; 0 when it
 * may go on.
 */
export async function sourceWait(sql: Queryable, ip_hash: string | null, most: number, now: Date): Promise<number> {
  const [row] = await sql<{ failures: number; window_start: Date; slowed_until: Date | null }[]>`
    select failures, window_start, slowed_until from source_attempts where ip_hash = ${ip_hash}`
  if (row === undefined) return 0
  const window_end = new Date(row.window_start.getTime() + SOURCE_WINDOW_MS)
  if (row.failures >= most && window_end > now) return secondsUntil(window_end, now)
  return isLocked({ locked_until: row.slowed_until }, now) ? secondsUntil(row.slowed_until as Date, now) : 0
}

/** True while a network source has to wait. */
export async function isSourceExhausted(
  sql: Queryable,
  ip_hash: string | null,
  most: number,
  now: Date,
): Promise<boolean> {
  return (await sourceWait(sql, ip_hash, most, now)) > 0
}

/** Counts a failed sign-in of a network source; a window that is over begins anew. */
export async function countSourceFailure(tx: Tx, ip_hash: string | null, now: Date): Promise<void> {
  if (ip_hash === null) return
  const since = new Date(now.getTime() - SOURCE_WINDOW_MS)
  await tx`
    insert into source_attempts as s (ip_hash, failures, window_start) values (${ip_hash}, 1, ${now})
    on conflict (ip_hash) do update set
      failures = case when s.window_start > ${since} then s.failures + 1 else 1 end,
      window_start = case when s.window_start > ${since} then s.window_start else ${now} end`
}
