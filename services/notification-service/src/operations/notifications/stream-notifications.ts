import * as api from '#contracts/api/notification.ts'
import type { StreamEvent } from '#libs/contract/stream-reply.ts'
import { Problem } from '#libs/problem/problem.ts'
import type { Queryable } from '#libs/sql/database.ts'
import { implementStream } from '../../config.ts'
import type { Listener } from '../../live-feeds.ts'
import { problems } from '../../problems.ts'
import { headlinesAfter, positionsOf } from '../../store/feeds.ts'

const PAGE = 100
/** What is replayed at most; who missed more fetches the list again. */
const MOST_REPLAYED = 1_000n

/** The caller's notifications as they come. An event's id is its position in the feed, after which a stream goes on. */
export const streamNotifications = implementStream(api.streamNotifications, {
  async open(_input, { own, caller, lastEventId, signal }) {
    const user_id = caller.sub as string
    const listener = own.live.join(user_id)
    if (listener === undefined) throw new Problem(problems.TOO_MANY_STREAMS)
    // Not every source that is opened is begun; then its own end would never come.
    signal.addEventListener('abort', () => listener.leave())
    try {
      // The writing database, where the feeds are looked at too: a replica could be behind what woke us.
      const sql = own.database.app
      const [feed] = await positionsOf(sql, [user_id])
      const start = startOf(lastEventId, feed?.last_position ?? 0n)
      return follow({ sql, user_id, listener, signal, ...start })
    } catch (error) {
      listener.leave()
      throw error
    }
  },
})

/** Where a stream begins: after what the client saw, or now, with a `reset` where the two do not join. */
function startOf(lastEventId: string | undefined, last: bigint): { position: bigint; isReset: boolean } {
  if (lastEventId === undefined) return { position: last, isReset: false }
  const seen = /^\d{1,15}$/.test(lastEventId) ? BigInt(lastEventId) : undefined
  if (seen === undefined || seen > last || last - seen > MOST_REPLAYED) return { position: last, isReset: true }
  return { position: seen, isReset: false }
}

interface Following {
  sql: Queryable
  user_id: string
  listener: Listener
  signal: AbortSignal
  position: bigint
  isReset: boolean
}

async function* follow({ sql, user_id, listener, signal, ...start }: Following): AsyncGenerator<StreamEvent> {
  let { position } = start
  try {
    if (start.isReset) yield { id: position.toString(), event: 'reset', data: {} }
    while (!signal.aborted) {
      const headlines = await headlinesAfter(sql, user_id, position, PAGE)
      for (const { position: at, ...data } of headlines) {
        yield { id: at.toString(), event: 'notification', data }
        position = at
      }
      if (headlines.length < PAGE) await listener.wait(position, signal)
    }
  } finally {
    listener.leave()
  }
}
