import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { Target } from '#libs/sql/database.ts'
import { parseServerUrl } from '#libs/sql/server-url.ts'
import { testServerUrl } from '#libs/testing/server.ts'
import { refuseUnfenced, refuseUnprepared } from './parts.ts'

const NOBODY: Target = { host: '127.0.0.1', port: 1, database: 'postgres', user: 'bank', password: 'x' }

/** The server of the run, which is a primary, as somebody that it knows or does not. */
async function primary(user?: string): Promise<Target> {
  const { hosts, ...way } = parseServerUrl(await testServerUrl())
  return { ...way, ...hosts[0], ...(user === undefined ? {} : { user }) }
}

describe('a failover', () => {
  test('does nothing when another server is the primary, or a replica does not answer, or none does', async () => {
    const running = { name: 'two:5432', target: await primary() }
    const silent = { name: 'three:5432', target: NOBODY }
    await assert.rejects(refuseUnprepared([running], true), /two:5432 is the primary.*nothing was done/)
    await assert.rejects(refuseUnprepared([silent], false), /three:5432 does not answer \(.*nothing was done/)
    await assert.rejects(refuseUnprepared([silent], true), /no replica answers: nothing was done/)
    await assert.rejects(refuseUnprepared([], true), /no replica answers: nothing was done/)
  })

  test('goes on when the old primary is gone, and not while it takes writes', async () => {
    await refuseUnfenced({ name: 'one:5432', target: NOBODY })
    const running = { name: 'one:5432', target: await primary() }
    await assert.rejects(refuseUnfenced(running), /one:5432 still takes writes.*nothing was promoted/)
  })

  test('takes an old primary that lets nobody in for one that runs', async () => {
    const locked = { name: 'one:5432', target: await primary('nobody_known') }
    await assert.rejects(refuseUnfenced(locked), /one:5432 still runs after the command \(.*nothing was promoted/)
  })
})
