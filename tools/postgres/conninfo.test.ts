import assert from 'node:assert/strict'
import { test } from 'node:test'
import { movedTo } from './conninfo.ts'

test('a replica is pointed at another server and keeps everything else of its connection', () => {
  const to = { host: 'db2', port: 5433 }
  assert.equal(
    movedTo("user=r password='a host=b' hostaddr=10.0.0.1 host='db 1' port = 5432 sslmode=verify-full", to),
    "host=db2 port=5433 user=r password='a host=b' sslmode=verify-full",
  )
  assert.equal(movedTo('', to), 'host=db2 port=5433')
})
