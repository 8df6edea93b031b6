import assert from 'node:assert/strict'
import { test } from 'node:test'
import { eventually } from '#libs/testing/service-test.ts'
import { Readiness } from './readiness.ts'

/** Services of other processes, each alive from when its name is added. */
function elsewhere() {
  const alive = new Set<string>()
  return {
    alive,
    others: { knows: (name: string) => name !== 'nowhere-service', lives: async (name: string) => alive.has(name) },
  }
}

test('a process is not ready before it met every service that it has an address of, and stays ready when they go', async () => {
  const { alive, others } = elsewhere()
  const readiness = new Readiness()
  assert.deepEqual(readiness.parts(), [])
  const met = readiness.meet(others, ['jar-service', 'lid-service', 'nowhere-service'])
  const told = () => readiness.parts().map(({ isReady, detail }) => [isReady, detail])
  assert.deepEqual(told(), [[false, 'it has not met jar-service, lid-service yet']])
  alive.add('jar-service')
  await eventually(() => assert.deepEqual(told(), [[false, 'it has not met lid-service yet']]))
  alive.add('lid-service')
  await met
  assert.deepEqual(readiness.parts(), [])
  alive.clear()
  assert.deepEqual(readiness.parts(), [])
})

test('a process that is stopped while it waits for others says that, and waits no longer', async () => {
  const { others } = elsewhere()
  const readiness = new Readiness()
  const met = readiness.meet(others, ['jar-service'])
  readiness.drain()
  await met
  assert.deepEqual(readiness.parts(), [{ name: 'process', isReady: false, detail: 'it is being stopped' }])
})
