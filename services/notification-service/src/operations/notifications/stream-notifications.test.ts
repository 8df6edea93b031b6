import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import * as api from '#contracts/api/notification.ts'
import type { Caller } from '#libs/contract/client.ts'
import { isStreamReply, type StreamEvent } from '#libs/contract/stream-reply.ts'
import { newId } from '#libs/ids/ids.ts'
import { Problem } from '#libs/problem/problem.ts'
import { newTrace } from '#libs/telemetry/context.ts'
import { eventually } from '#libs/testing/service-test.ts'
import { freeze, listOf, type Notices, openNotices } from '../../../testing/open-notices.ts'

/** Opens a stream as a caller, and gathers what comes until it is stopped. */
async function listen(t: TestContext, bank: Notices, caller: Caller, lastEventId?: string) {
  const executor = bank.runtime.executorOf(api.streamNotifications)
  assert.ok(executor)
  const stop = new AbortController()
  t.after(() => stop.abort())
  const stream = { lastEventId, signal: stop.signal }
  const input = { params: {}, query: {}, body: {} }
  const { reply } = await executor.execute({ input, caller, trace: newTrace(), stream })
  assert.ok(isStreamReply(reply))
  const events: StreamEvent[] = []
  const { events: source } = reply
  const reading = (async () => {
    for await (const event of source) events.push(event)
  })()
  return { events, stop: () => stop.abort(), reading }
}

const idsOf = (events: readonly StreamEvent[]) => events.map(({ id }) => id)

describe('streamNotifications', () => {
  test('tells of what comes, without its words, and of nobody else', async (t) => {
    const bank = await openNotices(t)
    const [ann, bob] = [bank.person(), bank.person()]
    const { events } = await listen(t, bank, ann.caller)
    freeze(bank, bob)
    freeze(bank, ann)
    await eventually(() => events.length === 1)
    const [notification] = await listOf(bank, ann)
    assert.deepEqual(events, [
      {
        id: '1',
        event: 'notification',
        data: {
          notification_id: notification?.notification_id,
          template_id: 'account.frozen',
          subject_type: 'account',
          subject_id: ann.account_id,
        },
      },
    ])
    await listOf(bank, bob)
    assert.equal(events.length, 1)
  })

  test('replays what was missed after the last event, then goes on', async (t) => {
    const bank = await openNotices(t)
    const ann = bank.person()
    for (let i = 0; i < 3; i++) freeze(bank, ann)
    await listOf(bank, ann, 3)
    const { events } = await listen(t, bank, ann.caller, '1')
    await eventually(() => events.length === 2)
    freeze(bank, ann)
    await eventually(() => events.length === 3)
    assert.deepEqual(idsOf(events), ['2', '3', '4'])
  })

  test('begins with now where no last event is named', async (t) => {
    const bank = await openNotices(t)
    const ann = bank.person()
    freeze(bank, ann)
    await listOf(bank, ann)
    const { events } = await listen(t, bank, ann.caller)
    freeze(bank, ann)
    await eventually(() => events.length === 1)
    assert.deepEqual(idsOf(events), ['2'])
  })

  test('says reset for a position that is too old, of another time, or no position', async (t) => {
    const bank = await openNotices(t)
    const ann = bank.person()
    freeze(bank, ann)
    await listOf(bank, ann)
    await bank.sql`update user_feeds set last_position = 2000`
    for (const lastEventId of ['999', '2001', 'x', '0199-not-ours']) {
      const { events, stop, reading } = await listen(t, bank, ann.caller, lastEventId)
      await eventually(() => events.length === 1)
      assert.deepEqual(events, [{ id: '2000', event: 'reset', data: {} }])
      stop()
      await reading
    }
  })

  test('finds what another instance wrote within about a second', async (t) => {
    const bank = await openNotices(t)
    const ann = bank.person()
    freeze(bank, ann)
    await listOf(bank, ann)
    const { events } = await listen(t, bank, ann.caller, '1')
    await bank.sql.begin(async (tx) => {
      await tx`
        insert into notifications (notification_id, user_id, position, template_id, category, content_encrypted, subject_type, created_at,
          correlation_id)
        select ${newId()}, user_id, 2, template_id, category, content_encrypted, subject_type, created_at, correlation_id from notifications`
      await tx`update user_feeds set last_position = 2`
    })
    await eventually(() => events.length === 1, 3_000)
    assert.deepEqual(idsOf(events), ['2'])
  })

  test('five a user at most; who leaves makes room', async (t) => {
    const bank = await openNotices(t)
    const ann = bank.person()
    const open = await Promise.all(Array.from({ length: 5 }, () => listen(t, bank, ann.caller)))
    const sixth = listen(t, bank, ann.caller)
    await assert.rejects(sixth, (error) => error instanceof Problem && error.kind.code === 'TOO_MANY_STREAMS')
    await listen(t, bank, bank.person().caller)
    open[0]?.stop()
    await open[0]?.reading
    await listen(t, bank, ann.caller)
  })
})
