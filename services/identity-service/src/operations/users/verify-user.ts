import * as api from '#contracts/api/identity.ts'
import { userVerified } from '#contracts/events/identity.ts'
import { occurred } from '#libs/contract/event.ts'
import { publish } from '#libs/outbox/publish.ts'
import { implement } from '../../config.ts'
import { consumeCode } from '../../store/codes.ts'
import { sendCode } from '../../store/mails.ts'
import { userReply } from '../../store/users.ts'
import type { UserRow } from '../../tables.ts'

/**
 * Proves an address: the person becomes a customer, with a customer_id of its own, unless roles of staff were given meanwhile. Where the address was contested no password stands, and
 * a code to choose one goes out at once.
 */
export const verifyUser = implement(api.verifyUser, {
  async run({ body }, context) {
    const { tx, own, clock, mintId } = context
    const now = clock.wall.now()
    const proved = await consumeCode(context, { ...body, purpose: 'VERIFY' })
    const [user] = await tx<UserRow[]>`
      update users set is_verified = true, customer_id = coalesce(customer_id, ${mintId()}), updated_at = ${now},
        roles = case when cardinality(roles) = 0 then '{customer}' else roles end,
        password_hash = case when is_contested then '' else password_hash end, is_contested = false
      where user_id = ${proved.user_id} returning *`
    const verified = user as UserRow
    await publish(tx, occurred(userVerified, { user_id: verified.user_id, channel: 'email' }))
    if (proved.is_contested) await sendCode(context, verified, 'RESET')
    return userReply(own.vault, verified)
  },
})
