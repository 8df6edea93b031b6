import * as api from '#contracts/api/identity.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { problems } from '../../problems.ts'
import { checkOwnPassword, proveStrength } from '../../store/factor-strength.ts'
import { secretPlace } from '../../store/factors.ts'
import { emailOf } from '../../store/users.ts'
import { newTotpSecret, otpauthUri } from '../../totp.ts'

/** Starts the enrolment of an authenticator; it counts from its first code on. */
export const enrolTotp = implement(api.enrolTotp, {
  ask: checkOwnPassword,

  async run({ body }, context, check) {
    const { tx, own, clock, caller, mintId } = context
    const [standing] = await tx`
      select 1 from factors where user_id = ${caller.sub} and factor_type = 'TOTP' and confirmed_at is not null`
    if (standing !== undefined) throw new Problem(problems.FACTOR_EXISTS)
    const user = await proveStrength(context, body, check)
    const [factor_id, secret] = [mintId(), newTotpSecret()]
    await tx`delete from factors where user_id = ${user.user_id} and factor_type = 'TOTP' and confirmed_at is null`
    await tx`
      insert into factors (factor_id, user_id, factor_type, secret_encrypted, created_at)
      values (${factor_id}, ${user.user_id}, 'TOTP', ${own.vault.fields.seal(secret, secretPlace(factor_id))}, ${clock.wall.now()})`
    return { factor_id, secret, otpauth_uri: otpauthUri(secret, emailOf(own.vault, user)) }
  },
})
