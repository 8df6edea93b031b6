import { runBisected } from '#libs/batch/bisect.ts'
import type { Clock } from '#libs/clock/clock.ts'
import type { Client } from '#libs/contract/client.ts'
import { asError, type JobOutcome } from '#libs/jobs/queue.ts'
import type { Database, Tx } from '#libs/sql/database.ts'
import { type Letter, type Post, Undeliverable } from '../post.ts'
import type { Ended, Outcome } from '../store/deliveries.ts'
import type { Vault } from '../vault.ts'

/** What the workers of the queues have. */
export interface PostRoom {
  client: Pick<Client, 'call'>
  database: Database
  clock: Clock
  vault: Vault
  post: Post
}

/** What a job has to send: a letter, or why there is none. */
export interface Draft extends Pick<Ended, 'id' | 'about' | 'trace'> {
  attempt: number
  letter: Letter | { suppressed: string }
}

interface Sending {
  /** How often a job is tried again. */
  retries: number
  settle(tx: Tx, ended: readonly Ended[], at: Date): Promise<void>
}

/**
 * Sends a batch and records how it ended in one transaction: refused for good, or tried as often as a job may be, is FAILED, and the latter
 * waits as a dead letter. Answers the errors of the jobs that are to be tried again, by id. Where the ends cannot be recorded together,
 * they are recorded apart, and what cannot be recorded at all is sent once more.
 */
export async function sendAll(
  { database, clock, post }: Pick<PostRoom, 'database' | 'clock' | 'post'>,
  drafts: readonly Draft[],
  { retries, settle }: Sending,
): Promise<Map<string, JobOutcome>> {
  const letters = drafts.flatMap(({ letter }) => ('suppressed' in letter ? [] : [letter]))
  const unsent = letters.length === 0 ? new Map<string, Error>() : await post.sendAll(letters)
  const outcomes = new Map<string, JobOutcome>()
  const ended: Ended[] = []
  for (const { id, about, trace, attempt, letter } of drafts) {
    const error = 'suppressed' in letter ? undefined : unsent.get(letter.message_id)
    if (error !== undefined && !(error instanceof Undeliverable)) outcomes.set(id, error)
    const outcome = 'suppressed' in letter ? suppressed(letter.suppressed) : endOf(error, { attempt, retries })
    if (outcome !== undefined) ended.push({ id, about, trace, ...outcome })
  }
  if (ended.length === 0) return outcomes
  const record = async (some: readonly Ended[]): Promise<readonly unknown[]> => {
    await database.transact((tx) => settle(tx, some, clock.wall.now()))
    return some
  }
  // Recording twice changes nothing, so a lost connection is no reason not to try the halves.
  const fates = await runBisected(ended, record, () => true)
  for (const [i, fate] of fates.entries()) if ('error' in fate) outcomes.set(ended[i]?.id ?? '', asError(fate.error))
  return outcomes
}

function suppressed(reason: string): Outcome {
  return { status: 'SUPPRESSED', reason }
}

/** How it ends with a job's try, or undefined when it will be tried again. */
function endOf(
  error: Error | undefined,
  { attempt, retries }: { attempt: number; retries: number },
): Outcome | undefined {
  if (error === undefined) return { status: 'SENT', reason: null }
  if (error instanceof Undeliverable) return { status: 'FAILED', reason: error.message }
  return attempt > retries ? { status: 'FAILED', reason: 'GAVE_UP' } : undefined
}
