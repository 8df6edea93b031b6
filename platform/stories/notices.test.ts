import assert from 'node:assert/strict'
import { after, before, describe, test } from 'node:test'
import { newId } from '#libs/ids/ids.ts'
import { eventually, within } from '#libs/testing/service-test.ts'
import { type Api, aKey, PASSWORD } from '../testing/api.ts'
import { openBank, type TestBank } from '../testing/open-bank.ts'

/** What somebody is told, over the wire: live, in the list and by mail. */
describe('notices', () => {
  const email = `ann.planted.${aKey()}@example.test`
  const lines: string[] = []
  let bank: TestBank
  let api: Api

  before(async () => {
    bank = await openBank({ log: { write: (line) => void lines.push(line) } })
    api = bank.api
  })
  after(() => bank.close())

  test('a message of staff reaches its user within a second, is replayed to who was away, and stays in his list', async () => {
    const person = { email, password: PASSWORD, first_name: 'Annplanted', last_name: 'Surplanted' }
    await api.expect(202, api.post('/auth/register', person))
    const { body: user } = await api.expect(200, api.post('/auth/verify', { email, code: await api.codeFor(email) }))
    const [token, officer] = await Promise.all([api.signIn(email, PASSWORD), api.signIn('operator')])
    const listing = () => api.get('/notifications', { token })
    await eventually(async () => (await listing()).body.items[0]?.template_id === 'user.welcome')

    const live = await listen(bank.url, token)
    const variables = { message: 'Your card has come back to us.' }
    const message = { user_id: user.user_id, template_id: 'service.message', variables }
    const headers = { 'x-correlation-id': newId() }
    const sent = await api.expect(
      202,
      api.post('/notifications/email', message, { token: officer, key: aKey(), headers }),
    )
    const { notification_id } = sent.body
    await within(2_000, () => live.text().includes(notification_id))
    assert.doesNotMatch(live.text(), /card|planted/i)

    const replayed = await listen(bank.url, token, '1')
    await eventually(() => replayed.text().includes(notification_id))
    await eventually(async () => {
      const { body } = await api.get(`/sandbox/mailbox?to=${encodeURIComponent(email)}`)
      assert.ok(body.items.some(({ text }: { text: string }) => text.startsWith('Hello Annplanted,\n\nYour card')))
    })
    const { body: list } = await listing()
    assert.deepEqual([list.items[0].notification_id, list.unread_count], [notification_id, 2])
    await api.expect(200, api.post(`/notifications/${notification_id}/read`, {}, { token }))
    assert.equal((await listing()).body.unread_count, 1)
    live.stop()
    await eventually(() => lines.some((line) => line.includes(headers['x-correlation-id'])))
    assert.doesNotMatch(lines.join('\n'), /planted|come back to us/)
  })

  test('nobody listens without a token, and not six times', async () => {
    assert.equal((await api.get('/notifications/stream')).status, 401)
    const token = await api.signIn('operator')
    const open = await Promise.all(Array.from({ length: 5 }, () => listen(bank.url, token)))
    const { status, body } = await api.get('/notifications/stream', { token })
    assert.deepEqual([status, body.code], [429, 'TOO_MANY_STREAMS'])
    for (const stream of open) stream.stop()
  })
})

/** Listens to a user's stream until stopped. */
async function listen(url: string, token: string, lastEventId?: string) {
  const stop = new AbortController()
  const headers = {
    authorization: `Bearer ${token}`,
    ...(lastEventId === undefined ? {} : { 'last-event-id': lastEventId }),
  }
  const response = await fetch(`${url}/api/v1/notifications/stream`, { headers, signal: stop.signal })
  assert.equal(response.status, 200)
  let heard = ''
  void (async () => {
    for await (const chunk of response.body ?? []) heard += new TextDecoder().decode(chunk as Uint8Array)
  })().catch(() => {})
  return { text: () => heard, stop: () => stop.abort() }
}
