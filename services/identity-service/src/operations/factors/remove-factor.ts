import * as api from '#contracts/api/identity-factors.ts'
import type { WriteContext } from '#libs/http/implement.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implement, type Own } from '../../config.ts'
import { problems } from '../../problems.ts'
import { factorRemoved } from '../../store/factor-changes.ts'
import { checkOwnPassword, proveStrength } from '../../store/factor-strength.ts'
import type { FactorRow } from '../../tables.ts'

/** Takes a factor away, whatever its kind. It takes what adding one takes: the password, and a factor that the user still has. */
export const removeFactor = implement(api.removeFactor, {
  ask: checkOwnPassword,

  async run({ params: { factor_id }, body }, context, check) {
    const { user_id } = await proveStrength(context, body, check)
    const factor_type = await takeAway(context, user_id, factor_id)
    if (factor_type === null) throw new Problem(problems.FACTOR_NOT_FOUND)
    context.changed({ before: { factor_id, factor_type }, after: null })
    return { mfa_enabled: await factorRemoved(context, user_id, factor_type) }
  },
})

async function takeAway({ tx }: WriteContext<Own>, user_id: string, factor_id: string) {
  const [factor] = await tx<Pick<FactorRow, 'factor_type'>[]>`
    delete from factors where factor_id = ${factor_id} and user_id = ${user_id} returning factor_type`
  if (factor !== undefined) return factor.factor_type
  const passkey = await tx`delete from passkeys where passkey_id = ${factor_id} and user_id = ${user_id}`
  if (passkey.count > 0) return 'PASSKEY' as const
  const key = await tx`
    update devices set public_jwk = null, key_added_at = null
    where device_id = ${factor_id} and user_id = ${user_id} and public_jwk is not null`
  return key.count > 0 ? ('PUSH' as const) : null
}
