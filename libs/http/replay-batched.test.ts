import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Batched } from './batched.ts'
import { waitForEnd } from './replay-batched.ts'

const ASKED = { status: 202, reply: 'begun', headers: { location: '/api/v1/things/1' } }

/** A thing that has ended once `isPending` has been asked three times, and how often its state was looked at. */
function thing(isPending: (() => Promise<boolean>) | undefined, endsAt: number) {
  const looked: string[] = []
  const submit = async (id: string): Promise<string> => {
    looked.push(id)
    return looked.length >= endsAt ? 'ended' : 'begun'
  }
  const beats = { isFinal: (reply: string) => reply === 'ended', awaitEnd: async () => isPending }
  return { looked, batched: { beats, states: { submit }, host: { own: {} } } as unknown as Batched }
}

describe('a wait for an end', () => {
  test('looks at the state once, and again only when nothing says any more that it goes on', async () => {
    let asked = 0
    const { looked, batched } = thing(async () => ++asked < 3, 2)
    const { reply } = await waitForEnd(batched, ASKED, 60_000)
    assert.equal(reply, 'ended')
    assert.deepEqual([looked.length, asked], [2, 3])
  })

  test('looks each time where nothing says so, and once a second where something says so for ever', async () => {
    const { batched, looked } = thing(undefined, 4)
    assert.equal((await waitForEnd(batched, ASKED, 60_000)).reply, 'ended')
    assert.equal(looked.length, 4)
    const stuck = thing(async () => true, 2)
    assert.equal((await waitForEnd(stuck.batched, ASKED, 60_000)).reply, 'ended')
  })
})
