import * as api from '#contracts/api/identity-step-up.ts'
import { invariant, Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../../config.ts'
import { problems } from '../../problems.ts'
import type { Confirmed } from '../../step-up/describe.ts'
import { shownOf } from '../../store/challenges.ts'
import type { ChallengeRow } from '../../tables.ts'

/** How far a confirmation is, for the session that began it. */
export const getStepUp = implementRead(api.getStepUp, {
  async read({ params: { challenge_id } }, { sql, caller, own, clock }) {
    const [challenge] = await sql<ChallengeRow[]>`
      select * from challenges
      where challenge_id = ${challenge_id} and purpose = 'STEP_UP' and session_id = ${caller.session_id} and user_id = ${caller.sub}`
    if (challenge === undefined) throw new Problem(problems.CHALLENGE_GONE)
    const shown = shownOf(own, challenge)
    invariant(shown !== null, 'a step-up shows what it confirms')
    const { state, expires_at } = challenge
    const isOver = expires_at <= clock.wall.now() && state !== 'USED' && state !== 'DENIED'
    return {
      challenge_id,
      status: isOver ? ('EXPIRED' as const) : state,
      shown: shown as Confirmed,
      expires_at: expires_at.toISOString(),
    }
  },
})
