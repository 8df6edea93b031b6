import { replayAdminDeadLetter as contract } from '#contracts/api/admin.ts'
import { upkeepOf } from '#contracts/api/upkeep.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implement } from '../config.ts'
import { problems } from '../problems.ts'
import { knownService } from '../upkeep.ts'

/** Has a service run a parked event, and those before it of its key, again; what still fails says why and stays parked. */
export const replayAdminDeadLetter = implement(contract, {
  async ask({ params, body }, { own, call, caller }) {
    const { replayDeadLetter } = upkeepOf(knownService(own, body.service))
    try {
      return await call(replayDeadLetter, { params }, { acting: caller })
    } catch (error) {
      if (error instanceof Problem && error.kind.status === 404) throw new Problem(problems.DEAD_LETTER_NOT_FOUND)
      throw error
    }
  },

  async run(_input, _context, { dead_letter_id, is_resolved, error }) {
    return { dead_letter_id, is_resolved, error }
  },
})
