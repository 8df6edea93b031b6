import { accountCreationFailed } from '#contracts/events/account.ts'
import { traceOf } from '#libs/outbox/publish.ts'
import { react } from '../config.ts'
import { rollBackAll } from '../store/roll-back.ts'

/** No account could be opened for a new customer: his opening is taken back, whatever his KYC came to. Once taken back it stays so. */
export const onAccountCreationFailed = react(accountCreationFailed, {
  async run(events, _asked, { tx, clock }) {
    const failed = new Map(events.map((event) => [event.data.customer_id.toLowerCase(), event]))
    const open = await tx<{ customer_id: string }[]>`
      select customer_id from customers where customer_id = any(${[...failed.keys()]}::uuid[]) and status = 'ACTIVE'
      order by customer_id for update`
    const openings = open.flatMap(({ customer_id }) => {
      const event = failed.get(customer_id)
      return event === undefined ? [] : [{ customer_id, reason: event.data.reason, trace: traceOf(event) }]
    })
    await rollBackAll(tx, openings, { by: 'account-service', at: clock.wall.now() })
  },
})
