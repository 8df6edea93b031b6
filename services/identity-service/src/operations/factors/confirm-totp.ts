import * as api from '#contracts/api/identity.ts'
import { factorChanged } from '#contracts/events/identity.ts'
import { occurred } from '#libs/contract/event.ts'
import { publish } from '#libs/outbox/publish.ts'
import { Problem, refuse } from '#libs/problem/problem.ts'
import { implement } from '../../config.ts'
import { CODE_TRIES } from '../../domain/lockout.ts'
import { problems } from '../../problems.ts'
import { replaceRecoveryCodes, spendTotp } from '../../store/factors.ts'
import { revokeSessions } from '../../store/sessions.ts'
import type { FactorRow } from '../../tables.ts'

/** Completes an enrolment with a first code. The user's other sessions, which had one factor only, end. */
export const confirmTotp = implement(api.confirmTotp, {
  async run({ body }, context) {
    const { tx, own, clock, caller } = context
    const now = clock.wall.now()
    const [factor] = await tx<FactorRow[]>`
      select * from factors where factor_id = ${body.factor_id} and user_id = ${caller.sub} and confirmed_at is null for update`
    if (factor === undefined) throw new Problem(problems.FACTOR_NOT_FOUND)
    if (factor.tries >= CODE_TRIES) throw new Problem(problems.TOO_MANY_TRIES)
    if (!(await spendTotp(tx, own.vault, factor, body.code, now))) {
      await tx`update factors set tries = tries + 1 where factor_id = ${factor.factor_id}`
      refuse(new Problem(problems.CODE_WRONG), { keep: true })
    }
    const { user_id } = factor
    await tx`update factors set confirmed_at = ${now}, tries = 0 where factor_id = ${factor.factor_id}`
    await tx`update users set mfa_enabled = true, updated_at = ${now} where user_id = ${user_id}`
    const recovery_codes = await replaceRecoveryCodes(tx, own.vault, user_id)
    await revokeSessions(context, user_id, { reason: 'FACTOR_ADDED', except: caller.session_id })
    await publish(tx, occurred(factorChanged, { user_id, factor_type: 'TOTP', change: 'ADDED' }))
    return { recovery_codes }
  },
})
