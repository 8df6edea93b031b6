import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { newId } from '#libs/ids/ids.ts'
import { Fault, Unreachable } from '#libs/problem/problem.ts'
import { sweetsMade } from '#libs/testing/jar-contracts.ts'
import { openJarService, putUpJar, sweetsIn } from '#libs/testing/jars.ts'
import { eventually, type ServiceTest } from '#libs/testing/service-test.ts'
import { type DeadLetter, deadLettersOf } from './parking.ts'
import { reactionsOf } from './react.ts'

const react = reactionsOf<Record<string, never>>()
type Made = { jar_id: string; sweets: number }

/** jar-service whose reaction to made sweets adds them up, after the test has had its say in each beat. */
function openDisturbed(
  t: TestContext,
  disturbance: { ask?: (batch: readonly Made[]) => void; before?: (batch: readonly Made[]) => void },
): Promise<ServiceTest> {
  const onSweetsMade = react(sweetsMade, {
    ask: async (events) => disturbance.ask?.(events.map((event) => event.data)),
    async run(events, _asked, { tx }) {
      const made = events.map((event) => event.data)
      disturbance.before?.(made)
      for (const { jar_id, sweets } of made)
        await tx`update jars set sweets = sweets + ${sweets} where jar_id = ${jar_id}`
    },
  })
  return openJarService(t, { reactions: [onSweetsMade] })
}

function parked(jars: ServiceTest): Promise<DeadLetter[]> {
  return deadLettersOf(jars.runtime.database)
}

function breaks(): never {
  throw new TypeError('broken')
}

describe('a parked event', () => {
  test('is run again by itself after growing pauses, and what waits behind it right after it', async (t) => {
    let isBroken = true
    const jars = await openDisturbed(t, { before: (batch) => void (isBroken && batch.length > 0 && breaks()) })
    const { jar_id } = await putUpJar(jars)
    for (const sweets of [1, 2]) jars.receive(sweetsMade, { jar_id, sweets })
    await eventually(async () => (await parked(jars)).length === 2)
    const pauses: number[] = []
    for (const pause_s of [30, 120, 600, 3_600, 3_600]) {
      const [oldest, behind] = await parked(jars)
      pauses.push(Math.round((Number(oldest?.next_attempt_at) - jars.clock.wall.now().getTime()) / 1_000))
      assert.equal(behind?.next_attempt_at, null)
      jars.clock.advance(pause_s * 1_000)
      await eventually(async () => (await parked(jars))[0]?.replays === pauses.length)
    }
    assert.ok(
      [30, 120, 600, 3_600, 3_600].every((pause_s, i) => Math.abs((pauses[i] as number) - pause_s) <= 15),
      pauses.join(', '),
    )
    isBroken = false
    jars.clock.advance(3_600_000)
    await eventually(async () => (await parked(jars)).length === 0)
    assert.equal(await sweetsIn(jars, jar_id), 103)
  })

  test('and another of its key is due as soon as it was handled, also when the run stopped right there', async (t) => {
    let broken = [1, 2]
    const jars = await openDisturbed(t, {
      before: (batch) => void (batch.some(({ sweets }) => broken.includes(sweets)) && breaks()),
    })
    const { jar_id } = await putUpJar(jars)
    for (const sweets of [1, 2]) jars.receive(sweetsMade, { jar_id, sweets })
    const letters = await eventually(async () => {
      const rows = await parked(jars)
      return rows.length === 2 && rows
    })
    broken = [2]
    await assert.rejects(jars.runtime.replayDeadLetter('kitchen-service', letters[0]?.dead_letter_id as string))
    await eventually(async () => (await parked(jars))[0]?.replays === 1)
    broken = []
    jars.clock.advance(120_000)
    await eventually(async () => (await sweetsIn(jars, jar_id)) === 103)
  })
})

describe('an event that meets a fault', () => {
  test('of a service that answers holds up what is behind it for five minutes, then it is parked and the others go on', async (t) => {
    const poison = newId()
    let asked = 0
    const jars = await openDisturbed(t, {
      ask: (batch) => {
        if (!batch.some((made) => made.jar_id === poison)) return
        if (batch.length === 1) asked += 1
        throw new Fault('away')
      },
    })
    const { jar_id } = await putUpJar(jars)
    for (const id of [jar_id, poison, jar_id]) jars.receive(sweetsMade, { jar_id: id, sweets: 1 })
    await eventually(() => asked >= 2)
    assert.equal(await sweetsIn(jars, jar_id), 101)
    assert.equal((await parked(jars)).length, 0)
    jars.clock.advance(300_000)
    await eventually(async () => (await sweetsIn(jars, jar_id)) === 102)
    const [letter, ...more] = await parked(jars)
    assert.deepEqual([letter?.partitionkey, letter?.error, more.length], [poison, 'away', 0])
  })

  test('because nothing answers at all is not parked, however long it takes', async (t) => {
    let asked = 0
    let isAway = true
    const jars = await openDisturbed(t, {
      ask: () => {
        asked += 1
        if (isAway) throw new Unreachable('the kitchen cannot be reached')
      },
    })
    const { jar_id } = await putUpJar(jars)
    jars.receive(sweetsMade, { jar_id, sweets: 1 })
    for (const seen of [1, 3, 5]) {
      await eventually(() => asked >= seen)
      jars.clock.advance(3_600_000)
    }
    assert.equal((await parked(jars)).length, 0)
    isAway = false
    await eventually(async () => (await sweetsIn(jars, jar_id)) === 101)
  })
})
