import * as api from '#contracts/api/identity-factors.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { problems } from '../../problems.ts'
import { openChallenge } from '../../store/challenges.ts'
import { lockUser } from '../../store/users.ts'

/** What a person is shown on the telephone that is asked. */
const SHOWN = { text: 'Change how you sign in to BankFlow: your second factors or devices' }

/** Begins the proof that a change of factors or devices takes. It is bound to the session that asks, and good for one change. */
export const openFactorProof = implement(api.openFactorProof, {
  async run(_input, context) {
    const { tx, caller } = context
    const user = await lockUser(tx, caller.sub)
    if (user === undefined) throw new Problem(problems.FACTOR_MISSING)
    const { session_id, device_id } = caller
    // Nothing counts beside what is answered now: the session may be stolen.
    const asked = { user, purpose: 'ENROL' as const, session_id, device_id, shown: SHOWN, amr: [] }
    const opened = await openChallenge(context, asked)
    return { ...opened, expires_at: opened.expires_at.toISOString() }
  },
})
