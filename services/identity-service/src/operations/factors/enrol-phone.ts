import * as api from '#contracts/api/identity-factors.ts'
import { randomDigits } from '#libs/crypto/tokens.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { secondsAfter } from '../../domain/lockout.ts'
import { confirmationText, SMS_DIGITS } from '../../domain/mails.ts'
import { outgoingText } from '../../jobs/deliver-mail.ts'
import { problems } from '../../problems.ts'
import { reserveCode } from '../../store/challenge-offers.ts'
import { checkOwnPassword, proveStrength } from '../../store/factor-strength.ts'
import { maskedPhone, secretPlace } from '../../store/factors.ts'
import type { FactorRow } from '../../tables.ts'

const SHOWN = 'Use this telephone to sign in to BankFlow'

/** Starts the enrolment of a telephone number, which counts from its first code on. The number stands sealed; only its ends are shown. */
export const enrolPhone = implement(api.enrolPhone, {
  ask: checkOwnPassword,

  async run({ body }, context, check) {
    const { tx, own, clock, mintId, afterCommit } = context
    const now = clock.wall.now()
    const user = await proveStrength(context, body, check)
    const { user_id } = user
    const [standing] = await tx<FactorRow[]>`
      select * from factors where user_id = ${user_id} and factor_type = 'SMS' for update`
    if (standing?.confirmed_at != null) throw new Problem(problems.FACTOR_EXISTS)
    await reserveCode(context, user, 'SMS')
    const [factor_id, code] = [mintId(), randomDigits(SMS_DIGITS)]
    const expires_at = secondsAfter(now, own.settings.code_ttl_s)
    await tx`delete from factors where user_id = ${user_id} and factor_type = 'SMS'`
    await tx`
      insert into factors (factor_id, user_id, factor_type, secret_encrypted, code_hash, code_expires_at, created_at)
      values (${factor_id}, ${user_id}, 'SMS', ${own.vault.fields.seal(body.phone, secretPlace(factor_id))},
        ${own.vault.codeHash(factor_id, code)}, ${expires_at}, ${now})`
    const minutes = Math.round(own.settings.code_ttl_s / 60)
    const text = confirmationText({ code, minutes, shown: SHOWN })
    await own.queues.enqueue(tx, outgoingText, { to: body.phone, text, user_id })
    afterCommit(() => own.queues.nudge())
    return { factor_id, sent_to: maskedPhone(body.phone), expires_at: expires_at.toISOString() }
  },
})
