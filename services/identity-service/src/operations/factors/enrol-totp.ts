import * as api from '#contracts/api/identity.ts'
import { Problem, refuse } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { isLocked } from '../../domain/lockout.ts'
import { checkPassword, type PasswordCheck } from '../../passwords.ts'
import { problems } from '../../problems.ts'
import { secretPlace } from '../../store/factors.ts'
import { countLoginFailure, lockLane } from '../../store/sign-in-lane.ts'
import { emailOf } from '../../store/users.ts'
import type { FactorRow, UserRow } from '../../tables.ts'
import { newTotpSecret, otpauthUri } from '../../totp.ts'

/**
 * Starts the enrolment of an authenticator; it counts from its first code on. The password is asked again, and wrong ones count with those
 * of the sign-in, so that a stolen token is no place to guess it.
 */
export const enrolTotp = implement(api.enrolTotp, {
  async ask({ body }, { sql, caller }): Promise<PasswordCheck> {
    const [user] = await sql<UserRow[]>`select * from users where user_id = ${caller.sub}`
    return checkPassword(user, body.password)
  },

  async run(_input, { tx, own, clock, caller, mintId }, check) {
    const now = clock.wall.now()
    const [known] = await tx<{ email_hash: string }[]>`select email_hash from users where user_id = ${caller.sub}`
    if (known === undefined) throw new Problem(problems.CREDENTIALS_WRONG)
    const attempted = { email_hash: known.email_hash, device_id: caller.device_id }
    const locked = await lockLane(tx, own.vault, attempted, now)
    const user = locked.user as UserRow
    if (isLocked(locked.lane, now)) throw new Problem(problems.CREDENTIALS_WRONG)
    if (!check.matches || check.seen !== user.password_hash) {
      await countLoginFailure(tx, locked.lane, user, now)
      refuse(new Problem(problems.CREDENTIALS_WRONG), { keep: true })
    }
    const [standing] = await tx<FactorRow[]>`select * from factors where user_id = ${user.user_id} for update`
    if (standing?.confirmed_at != null) throw new Problem(problems.FACTOR_EXISTS)
    const [factor_id, secret] = [mintId(), newTotpSecret()]
    await tx`delete from factors where user_id = ${user.user_id} and confirmed_at is null`
    await tx`
      insert into factors (factor_id, user_id, factor_type, secret_encrypted, created_at)
      values (${factor_id}, ${user.user_id}, 'TOTP', ${own.vault.fields.seal(secret, secretPlace(factor_id))}, ${now})`
    return { factor_id, secret, otpauth_uri: otpauthUri(secret, emailOf(own.vault, user)) }
  },
})
