import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, test } from 'node:test'
import { storyOf } from './story.ts'
import { PatientTeller } from './teller.ts'

/** A story that fails so often before it passes. */
function failing(times: number) {
  const told: number[] = []
  const tell = async (n: number): Promise<void> => {
    told.push(n)
    if (n < times) throw new Error(`the bank was away for the ${n}th time`)
  }
  return { story: { name: 'a story', tell }, told }
}

/** A teller whose time passes only while it waits. */
function aTeller() {
  let now = 0
  const pause = async (ms: number): Promise<void> => {
    now += ms
  }
  return new PatientTeller(() => {}, { now: () => now, pause })
}

describe('a patient teller', () => {
  test('tells a story that a fault broke once more, until it passes', async () => {
    const { story, told } = failing(2)
    const expected = { name: 'a story', tries: 3, isUnderFault: true, failure: [] }
    assert.deepEqual(await aTeller().passed(story, 0), expected)
    assert.deepEqual(told, [0, 1, 2])
  })

  test('has a telling fail that began too long after the end of the fault, and says why', async () => {
    const teller = aTeller()
    teller.faultEnded()
    const { tries, isUnderFault, failure } = await teller.passed(failing(Number.POSITIVE_INFINITY).story, 1_200)
    // At 0, 500, 1,000 and 1,500 ms.
    assert.deepEqual([tries, isUnderFault], [4, false])
    assert.match(failure.join(), /^a story did not pass: Error: the bank was away/)
  })

  test('that is stopped tells nothing again and begins no other', async () => {
    const teller = aTeller()
    const [one, other] = [failing(5), failing(0)]
    const telling = teller.allPassed([one.story, other.story], 60_000)
    teller.stop()
    assert.equal((await telling).length, 1)
    assert.deepEqual([one.told, other.told], [[0], []])
  })
})

describe('a story in a file', () => {
  const tellingOf = (
    t: { after(done: () => void): void },
    text: string,
    signal = new AbortController().signal,
  ): Promise<void> => {
    const folder = mkdtempSync(join(tmpdir(), 'bankflow-story-'))
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    const file = join(folder, 'rain.test.ts')
    writeFileSync(file, `import { test } from 'node:test'\n${text}\n`)
    const story = storyOf(file, '/bank.json')
    assert.equal(story.name, 'rain')
    return story.tell(0, signal)
  }

  test('passes when its tests do, and knows its bank', async (t) => {
    await tellingOf(
      t,
      "test('it rains', () => { if (process.env.BANKFLOW_TEST_BANK !== '/bank.json') throw new Error('where?') })",
    )
  })

  test('that fails says by which test and why, and its other tests are not waited for', async (t) => {
    const folder = mkdtempSync(join(tmpdir(), 'bankflow-story-'))
    t.after(() => rmSync(folder, { recursive: true, force: true }))
    const dry = join(folder, 'dry')
    const slow = `test('it dries', async () => { await new Promise((dry) => setTimeout(dry, 20_000)); writeFileSync('${dry}', '') })`
    const head = "import { writeFileSync } from 'node:fs'"
    const telling = tellingOf(t, `${head}\ntest('it rains', () => { throw new Error('no cloud') })\n${slow}`)
    await assert.rejects(telling, /not ok 1 - it rains[\s\S]*no cloud/)
    assert.ok(!existsSync(dry))
  })

  test('that is not waited for any more ends', async (t) => {
    const stop = new AbortController()
    const telling = tellingOf(t, "test('it dries', () => new Promise((dry) => setTimeout(dry, 60_000)))", stop.signal)
    stop.abort()
    await assert.rejects(telling, /aborted/)
  })

  for (const [what, text] of [
    ['skips all of them', "test.skip('it rains', () => {})"],
    ['cannot be loaded', "import './nowhere.ts'"],
  ] as const)
    test(`that ${what} has not passed`, async (t) => {
      await assert.rejects(tellingOf(t, text))
    })
})
