import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { newTrace } from '#libs/telemetry/context.ts'
import { takeSweets } from '#libs/testing/jar-contracts.ts'
import { openJarService, putUpJar } from '#libs/testing/jars.ts'
import { aKey, eventually } from '#libs/testing/service-test.ts'
import { jobsOf } from './service.ts'

function countingJob(name: string, inEveryProcess: boolean) {
  const done = { times: 0 }
  const run = async (): Promise<void> => {
    done.times += 1
  }
  return { done, job: jobsOf<Record<string, never>>()(name, { everyMs: 10, inEveryProcess, run }) }
}

describe('a service whose database was restored', () => {
  test('answers and keeps its memory, but does nothing by itself until the databases were compared; then it goes on', async (t) => {
    const [work, memory] = [countingJob('work', false), countingJob('memory', true)]
    const jars = await openJarService(t, { jobs: [work.job, memory.job] })
    const { jar_id, owner: caller } = await putUpJar(jars)
    await jars.runtime.stop()
    await jars.owner`insert into restores (epoch, restored_to, restored_at) values (7, 'latest', now())`
    const before = { work: work.done.times, memory: memory.done.times }
    const unplaced = () => jars.sql`select from outbox where position is null`

    const restored = await jars.anotherRuntime()
    const input = { params: { jar_id }, query: {}, body: { sweets: 1, wish: 'please' } }
    await restored.executorOf(takeSweets)?.execute({ input, caller, trace: newTrace(), key: aKey() })
    await eventually(() => memory.done.times > before.memory + 10)
    assert.equal((await unplaced()).length, 1)
    assert.equal(work.done.times, before.work)

    await jars.sql`update restores set reconciled_at = now()`
    await eventually(async () => (await unplaced()).length === 0 && work.done.times > before.work)
  })
})
