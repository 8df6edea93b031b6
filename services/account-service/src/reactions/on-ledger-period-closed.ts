import { ledgerPeriodClosed } from '#contracts/events/ledger.ts'
import { traceOf } from '#libs/outbox/publish.ts'
import { react } from '../config.ts'

/** The last day of a month is closed: the job makes its statements, page by page. */
export const onLedgerPeriodClosed = react(ledgerPeriodClosed, {
  async run(events, _asked, { tx, clock }) {
    for (const event of events.filter(({ data }) => data.is_month_end))
      await tx`
        insert into statement_runs ${tx({
          to_date: event.data.business_date,
          last_account: null,
          requested_at: clock.wall.now(),
          ...traceOf(event),
        })}
        on conflict do nothing`
  },
})
