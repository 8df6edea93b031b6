import * as api from '#contracts/api/identity-factors.ts'
import { factorChanged } from '#contracts/events/identity.ts'
import { occurred } from '#libs/contract/event.ts'
import { publish } from '#libs/outbox/publish.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { problems } from '../../problems.ts'
import { checkOwnPassword, proveStrength } from '../../store/factor-strength.ts'
import { hasSecondFactor } from '../../store/factor-words.ts'
import { replaceRecoveryCodes as replaceCodes } from '../../store/factors.ts'

/** A new list of recovery codes. Every code of the old one is worth nothing from here on. */
export const replaceRecoveryCodes = implement(api.replaceRecoveryCodes, {
  ask: checkOwnPassword,

  async run({ body }, context, check) {
    const { tx, own } = context
    const { user_id } = await proveStrength(context, body, check)
    // A list by itself would be a second factor on paper that nobody enrolled.
    if (!(await hasSecondFactor(tx, user_id))) throw new Problem(problems.FACTOR_MISSING)
    const recovery_codes = await replaceCodes(tx, own.vault, user_id)
    await publish(tx, occurred(factorChanged, { user_id, factor_type: 'RECOVERY_CODE', change: 'REPLACED' }))
    return { recovery_codes }
  },
})
