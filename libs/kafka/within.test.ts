import assert from 'node:assert/strict'
import { test } from 'node:test'
import { TookTooLong, within } from './within.ts'

test('what comes in time is handed on, be it a value or an error', async () => {
  assert.equal(await within(60_000, 'to come', Promise.resolve(7)), 7)
  await assert.rejects(within(60_000, 'to come', Promise.reject(new Error('refused'))), /^Error: refused$/)
})

test('what never comes is given up, and says what it was', async () => {
  const never = new Promise<number>(() => {})
  await assert.rejects(within(10, 'to join the group', never), (error: Error) => {
    assert.ok(error instanceof TookTooLong)
    assert.equal(error.message, 'to join the group took longer than 0.01 s')
    return true
  })
})

test('what is refused after it was given up ends no process', async (t) => {
  const unhandled: unknown[] = []
  const listen = (reason: unknown): void => void unhandled.push(reason)
  process.on('unhandledRejection', listen)
  t.after(() => process.off('unhandledRejection', listen))
  const late = Promise.withResolvers<number>()
  await assert.rejects(within(1, 'to come', late.promise), TookTooLong)
  late.reject(new Error('too late'))
  await new Promise((resolve) => setImmediate(resolve))
  assert.deepEqual(unhandled, [])
})
