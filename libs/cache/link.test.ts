import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { createLog } from '#libs/telemetry/log.ts'
import { Link } from './link.ts'

/** A way to a server that answers, refuses or keeps silent, as the test says. */
async function linkTo(server: { answers: boolean }) {
  const lines: string[] = []
  const log = createLog({ service: 'test', level: 'info', destination: { write: (line) => void lines.push(line) } })
  const clock = { nowMs: 0 }
  const probe = async (): Promise<void> => {
    if (!server.answers) throw new Error('away')
  }
  const link = new Link({ log, deadlineMs: 20, probe, nowMs: () => clock.nowMs })
  await link.open()
  return { link, lines, clock }
}

const fails = async (): Promise<string> => {
  throw new Error('no')
}

describe('the way to Redis', () => {
  test('is cut by three failures in a row, not by three in all, and says so once', async (t) => {
    const { link, lines } = await linkTo({ answers: true })
    t.after(() => link.close())
    const answers = async (): Promise<string> => 'redis'
    for (const question of [fails, fails, answers, fails, fails])
      assert.equal(await link.ask(question, () => 'alone'), question === fails ? 'alone' : 'redis')
    assert.equal(link.isUp, true)
    await link.ask(fails, () => 'alone')
    assert.equal(link.isUp, false)
    link.cut('again')
    assert.deepEqual(link.figures, { isCutOff: true, failures: 5, cuts: 1 })
    assert.equal(lines.filter((line) => /goes on by itself/.test(line)).length, 1)
    assert.equal(
      link.ask(
        () => assert.fail('is asked while it is cut'),
        () => 'alone',
      ),
      'alone',
    )
  })

  test('gives up a question that has no answer in time', async (t) => {
    const { link } = await linkTo({ answers: true })
    t.after(() => link.close())
    assert.equal(
      await link.ask(
        () => new Promise<string>(() => {}),
        () => 'alone',
      ),
      'alone',
    )
  })

  test('says of a cut also why Redis lets nobody in, once, and nothing of what passes by itself', async (t) => {
    const { link, lines } = await linkTo({ answers: true })
    t.after(() => link.close())
    lines.length = 0
    link.refused('NOAUTH while others answer')
    link.cut('closed')
    for (const reason of ['connect ECONNREFUSED', 'WRONGPASS no', 'connect ECONNREFUSED', 'WRONGPASS no'])
      link.refused(reason)
    assert.equal(lines.length, 2, lines.join(''))
    assert.match(lines[1] as string, /WRONGPASS/)
  })

  test('is whole only since the last thing that may have got lost', async (t) => {
    const { link, clock } = await linkTo({ answers: true })
    t.after(() => link.close())
    clock.nowMs = 5_000
    assert.equal(link.wholeForMs, 5_000)
    await link.ask(fails, () => 'alone')
    clock.nowMs = 6_000
    assert.equal(link.wholeForMs, 1_000)
    link.cut('closed')
    assert.equal(link.wholeForMs, 0)
  })

  test('says once that there is nobody, where it begins so', async (t) => {
    const { link, lines } = await linkTo({ answers: false })
    t.after(() => link.close())
    assert.equal(link.isUp, false)
    assert.equal(lines.length, 1)
  })
})
