import * as api from '#contracts/api/identity.ts'
import { Problem, refuse } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { CODE_TRIES } from '../../domain/lockout.ts'
import { problems } from '../../problems.ts'
import { factorAdded } from '../../store/factor-changes.ts'
import { spendTotp } from '../../store/factors.ts'
import { lockUser } from '../../store/users.ts'
import type { FactorRow } from '../../tables.ts'

/** Completes an enrolment with a first code. The user's other sessions, which were opened without it, end. */
export const confirmTotp = implement(api.confirmTotp, {
  async run({ body }, context) {
    const { tx, own, clock, caller } = context
    const now = clock.wall.now()
    await lockUser(tx, caller.sub)
    const [factor] = await tx<FactorRow[]>`
      select * from factors
      where factor_id = ${body.factor_id} and user_id = ${caller.sub} and factor_type = 'TOTP' and confirmed_at is null for update`
    if (factor === undefined) throw new Problem(problems.FACTOR_NOT_FOUND)
    if (factor.tries >= CODE_TRIES) throw new Problem(problems.TOO_MANY_TRIES)
    if (!(await spendTotp(tx, own.vault, factor, body.code, now))) {
      await tx`update factors set tries = tries + 1 where factor_id = ${factor.factor_id}`
      refuse(new Problem(problems.CODE_WRONG), { keep: true })
    }
    await tx`update factors set confirmed_at = ${now}, tries = 0 where factor_id = ${factor.factor_id}`
    return { recovery_codes: await factorAdded(context, factor.user_id, 'TOTP') }
  },
})
