import * as api from '#contracts/api/identity-factors.ts'
import { sameBytes } from '#libs/crypto/tokens.ts'
import { Problem, refuse } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { CODE_TRIES } from '../../domain/lockout.ts'
import { problems } from '../../problems.ts'
import { factorAdded } from '../../store/factor-changes.ts'
import { lockUser } from '../../store/users.ts'
import type { FactorRow } from '../../tables.ts'

/** Completes the enrolment of a telephone number. Five wrong codes end it; wrong or late is the same. */
export const confirmPhone = implement(api.confirmPhone, {
  async run({ body }, context) {
    const { tx, own, clock, caller } = context
    const now = clock.wall.now()
    await lockUser(tx, caller.sub)
    const [factor] = await tx<FactorRow[]>`
      select * from factors
      where factor_id = ${body.factor_id} and user_id = ${caller.sub} and factor_type = 'SMS' and confirmed_at is null for update`
    if (factor === undefined) throw new Problem(problems.FACTOR_NOT_FOUND)
    if (factor.tries >= CODE_TRIES) throw new Problem(problems.TOO_MANY_TRIES)
    const { factor_id, user_id, code_hash, code_expires_at } = factor
    const isRight = code_hash !== null && sameBytes(code_hash, own.vault.codeHash(factor_id, body.code))
    if (!isRight || code_expires_at === null || code_expires_at <= now) {
      await tx`update factors set tries = tries + 1 where factor_id = ${factor_id}`
      refuse(new Problem(problems.CODE_WRONG), { keep: true })
    }
    await tx`
      update factors set confirmed_at = ${now}, tries = 0, code_hash = null, code_expires_at = null where factor_id = ${factor_id}`
    return { recovery_codes: await factorAdded(context, user_id, 'SMS') }
  },
})
