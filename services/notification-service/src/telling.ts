import type { EventMessage } from '#libs/contract/event.ts'
import { traceOf } from '#libs/outbox/publish.ts'
import type { AskContext, ReactContext } from '#libs/outbox/react.ts'
import type { Own } from './config.ts'
import { isHistory } from './domain/history.ts'
import type { Audience, Notice } from './domain/notices.ts'
import { outgoingNotice } from './jobs/queues.ts'
import { type Learned, rememberLearned, resolveAudience } from './store/audience.ts'
import { tell } from './store/notices.ts'

/** Who is told what of an event. */
interface Telling<Data> {
  /** The accounts whose owners are told, and whose numbers the words name. */
  accounts?(data: Data): readonly (string | null)[]
  customers?(data: Data): readonly string[]
  notices(data: Data, audience: Audience): readonly Notice[]
  /** When it happened by the books, where the event says so. */
  happened?(data: Data): { happened: Date; value_date?: string }
  /** What the events teach this service besides, before anybody is told. */
  learn?(events: readonly EventMessage<Data>[], context: ReactContext<Own>): Promise<void>
}

interface Asked {
  audience: Audience
  learned: Learned
  /** The bank's time when the batch was taken up. */
  happened: Date
}

/** The beats of a reaction that tells people: ask who is concerned, then tell them in the transaction that stores the position. */
export function tellOf<Data>({ accounts, customers, notices, happened, learn }: Telling<Data>) {
  return {
    async ask(events: readonly EventMessage<Data>[], context: AskContext<Own>): Promise<Asked> {
      const account_ids = events.flatMap(({ data }) => accounts?.(data) ?? []).filter((id) => id !== null)
      const customer_ids = events.flatMap(({ data }) => customers?.(data) ?? [])
      return { ...(await resolveAudience({ account_ids, customer_ids }, context)), happened: context.clock.bank.now() }
    },
    async run(events: readonly EventMessage<Data>[], asked: Asked, context: ReactContext<Own>): Promise<void> {
      const { tx, own, clock } = context
      await rememberLearned(tx, asked.learned)
      await learn?.(events, context)
      const now = clock.wall.now()
      const told = events.flatMap((event) => {
        const when = happened?.(event.data) ?? { happened: asked.happened }
        const is_history = isHistory({ ...when, written: event.time, now })
        const about = { event_id: event.id, trace: traceOf(event) }
        return notices(event.data, asked.audience).map((notice) => {
          return { ...notice, ...about, is_history, at: is_history ? when.happened : now }
        })
      })
      await tell(told, context)
      // Taken up at the next poll otherwise: the jobs are there once this transaction has committed.
      if (told.some((notice) => !notice.is_history))
        setTimeout(() => own.queues.nudge(outgoingNotice), NUDGE_AFTER_MS).unref()
    },
  }
}

const NUDGE_AFTER_MS = 100
