import { setTimeout as sleep } from 'node:timers/promises'
import type { Operation } from '#libs/contract/operation.ts'
import type { Batched, Fates, Pending } from './batched.ts'
import type { Answer } from './executor.ts'
import { type StoredKey, textOf } from './idempotency.ts'
import { replayed } from './replayed-answer.ts'

/** Answers the members whose key stands for a decided write: the first answer again, with the present state of what it made. */
export async function answerReplays(batched: Batched, members: readonly Pending[], fates: Fates): Promise<void> {
  if (members.length === 0) return
  const { contract, beats, keys, host } = batched
  const wanted = members.map((member) => member.key)
  const found = new Map((await keys.find(host.database.app, wanted)).map((row) => [textOf(row), row]))
  const repeats = members.filter((member) => found.has(member.text))
  if (repeats.length === 0) return
  const storedOf = (member: Pending): StoredKey => found.get(member.text) as StoredKey
  const made = repeats.map(storedOf).filter((stored) => stored.body === null)
  const ids = [...new Set(made.map((stored) => stored.resource_id as string))]
  const states = ids.length === 0 ? [] : await beats.present(ids, { sql: host.database.app, own: host.own })
  const stateOf = new Map(ids.map((id, i) => [id, states[i]]))
  for (const member of repeats) {
    const stored = storedOf(member)
    try {
      const answer = replayed(stored, member.key.fingerprint)
      const reply = stateOf.get(stored.resource_id as string)
      const headers = { ...answer.headers, ...locationOf(contract, stored.resource_id) }
      fates.set(member, { answer: { ...answer, reply, headers } })
    } catch (error) {
      fates.set(member, { error })
    }
  }
}

/** The `Location` of what an operation made, where its contract names a collection. */
export function locationOf(contract: Operation, id: string | null): Record<string, string> {
  return contract.location === '' || id === null ? {} : { location: `/api/v1${contract.location}/${id}` }
}

/** The longest that the state is not looked at because something says that it has not ended. */
const LOOK_ANYWAY_MS = 1_000

/** Looks at the present state until it is final or the wait is over. */
export async function waitForEnd({ beats, states, host }: Batched, answer: Answer, waitMs: number): Promise<Answer> {
  const id = answer.headers.location?.split('/').at(-1)
  if (id === undefined || beats.isFinal === undefined) return answer
  const until = performance.now() + waitMs
  const isPending = await beats.awaitEnd?.(id, waitMs, host.own)
  let { reply } = answer
  let pause = 10
  let lookedAt = Number.NEGATIVE_INFINITY
  while (!beats.isFinal(reply as never) && performance.now() + pause < until) {
    await sleep(pause)
    pause = Math.min(pause * 1.5, 200)
    if (performance.now() - lookedAt < LOOK_ANYWAY_MS && (await isPending?.()) === true) continue
    lookedAt = performance.now()
    const state = await states.submit(id)
    if (state !== undefined) reply = state
  }
  return { status: answer.status, reply, headers: { ...answer.headers, 'preference-applied': 'wait' } }
}
