import type { InputOf, Operation } from '#libs/contract/operation.ts'
import { createExecutor } from '#libs/http/execute.ts'
import type { Executor, OperationHost } from '#libs/http/executor.ts'
import { operationsFor } from '#libs/http/implement.ts'
import { countUnaudited } from '#libs/outbox/audit-outbox.ts'
import { deadLettersOf, letterState } from '#libs/outbox/parking.ts'
import { Problem, platformProblems } from '#libs/problem/problem.ts'
import { maskText } from '#libs/telemetry/masking.ts'

/** The contracts of what every service answers about itself. */
export interface Upkeep {
  listDeadLetters: Operation
  replayDeadLetter: Operation
}

/** Runs a parked event and those before it of its key again; throws what the first that fails again met. */
type Replay = (producer: string, dead_letter_id: string) => Promise<void>

const { implement, implementRead } = operationsFor<unknown>()

/** The executors of a service's upkeep: what is parked and not audited yet, and running a parked event again. */
export function upkeepExecutors(upkeep: Upkeep, host: OperationHost, replay: Replay): Executor[] {
  const { database } = host
  const listDeadLetters = implementRead(upkeep.listDeadLetters, {
    async read() {
      const [letters, unaudited] = await Promise.all([deadLettersOf(database), countUnaudited(database.app)])
      const items = letters.map((letter) => ({
        ...letter,
        error: maskText(letter.error),
        parked_at: letter.parked_at.toISOString(),
        next_attempt_at: letter.next_attempt_at?.toISOString() ?? null,
      }))
      return { items, unaudited }
    },
  })
  const replayDeadLetter = implement(upkeep.replayDeadLetter, {
    /** Here, because a replay has transactions of its own. */
    ask: async ({ params }: InputOf<Operation>) => {
      const { dead_letter_id } = params as { dead_letter_id: string }
      const letter = await letterState(database.app, dead_letter_id)
      if (letter === undefined) throw new Problem(platformProblems.NOT_FOUND)
      const error = letter.is_resolved ? null : await failureOf(replay(letter.producer, dead_letter_id))
      const after = await letterState(database.app, dead_letter_id)
      return { dead_letter_id, is_resolved: after?.is_resolved === true, error }
    },
    run: async (_input, _context, answer) => answer,
  })
  return [listDeadLetters, replayDeadLetter].map((one) => createExecutor(one, host))
}

/** What something failed with, by name: its message may quote what it was working on. Null when it did not. */
async function failureOf(work: Promise<void>): Promise<string | null> {
  try {
    await work
    return null
  } catch (error) {
    if (error instanceof Problem) return error.kind.code
    if (!(error instanceof Error)) return 'unknown'
    return 'code' in error && typeof error.code === 'string' ? `${error.name} ${error.code}` : error.name
  }
}
