import assert from 'node:assert/strict'
import { chmodSync, existsSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { after, before, describe, test } from 'node:test'
import { openPool } from '#libs/sql/database.ts'
import { type EmbeddedServer, startEmbeddedServer } from '../embedded/server.ts'
import { makeTemporaryHome } from '../embedded/temporary-home.ts'
import { type BackUp, takeBackUp } from './back-up.ts'
import { restoreServer } from './restore.ts'

const log = (): void => {}

describe('a restore of one server', () => {
  let folder: string
  let backUp: BackUp
  let running: EmbeddedServer | undefined
  const told = async (server: EmbeddedServer, text: string): Promise<unknown> => {
    const sql = openPool(server.options('postgres'), { name: 'test', max: 1 })
    return sql.unsafe(text).finally(() => sql.end({ timeout: 1 }))
  }
  const start = async (name: string): Promise<EmbeddedServer> => {
    running = await startEmbeddedServer({ home: join(folder, name), log, durable: false })
    return running
  }

  before(async () => {
    folder = await makeTemporaryHome('bf-restore-')
    const server = await start('bank')
    await told(server, 'create table kept as select 7 as number')
    backUp = await takeBackUp(server.options('postgres'), join(folder, 'back-ups'))
    await server.stop()
  })
  after(async () => {
    await running?.stop()
    rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 })
  })

  const restored = (name: string, archive: string | undefined) =>
    restoreServer({ backUp: backUp.folder, archive, to: undefined, home: join(folder, name), log })
  const left = (name: string): boolean[] =>
    ['data', 'restore'].map((part) => existsSync(join(folder, name, 'postgres', part)))

  test('does not take a log that it cannot read for one that has ended, and leaves nothing', async () => {
    const archive = join(folder, 'archive')
    mkdirSync(archive)
    chmodSync(archive, 0o000)
    await assert.rejects(restored('closed', archive), /could not recover: .* read the archive\?/)
    await assert.rejects(restored('closed', join(folder, 'nowhere')), /nowhere does not exist/)
    assert.deepEqual(left('closed'), [false, false])
  })

  test('without the log has what the back-up had, and takes away what a restore that was killed left', async () => {
    const rest = join(folder, 'again', 'postgres', 'restore', 'base')
    mkdirSync(rest, { recursive: true })
    await restored('again', undefined)
    assert.deepEqual(left('again'), [true, false])
    const server = await start('again')
    assert.deepEqual([...((await told(server, 'select number from kept')) as object[])], [{ number: 7 }])
    await assert.rejects(restored('again', undefined), /already runs/)
  })
})
