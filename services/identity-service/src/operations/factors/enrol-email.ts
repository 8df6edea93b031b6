import * as api from '#contracts/api/identity-factors.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { problems } from '../../problems.ts'
import { factorAdded } from '../../store/factor-changes.ts'
import { checkOwnPassword, proveStrength } from '../../store/factor-strength.ts'
import { hasSecondFactor } from '../../store/factor-words.ts'
import { emailOf } from '../../store/users.ts'

/**
 * Makes the address a further factor. It was proved when the person registered; by itself it would be none, since a new password comes through
 * it as well, so it stands only beside another.
 */
export const enrolEmail = implement(api.enrolEmail, {
  ask: checkOwnPassword,

  async run({ body }, context, check) {
    const { tx, own, clock, mintId } = context
    const now = clock.wall.now()
    const user = await proveStrength(context, body, check)
    const { user_id } = user
    if (!(await hasSecondFactor(tx, user_id))) throw new Problem(problems.FACTOR_MISSING)
    const factor_id = mintId()
    const added = await tx`
      insert into factors (factor_id, user_id, factor_type, secret_encrypted, confirmed_at, created_at)
      values (${factor_id}, ${user_id}, 'EMAIL', '', ${now}, ${now}) on conflict on constraint factors_one_per_type do nothing`
    if (added.count === 0) throw new Problem(problems.FACTOR_EXISTS)
    await factorAdded(context, user_id, 'EMAIL')
    const label = emailOf(own.vault, user)
    return { factor_id, factor_type: 'EMAIL' as const, label, confirmed_at: now.toISOString(), last_used_at: null }
  },
})
