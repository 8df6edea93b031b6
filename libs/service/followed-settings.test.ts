import assert from 'node:assert/strict'
import { describe, type TestContext, test } from 'node:test'
import { Type } from 'typebox'
import { declareSettings } from '#libs/config/settings.ts'
import { event } from '#libs/contract/event.ts'
import { operationsOf } from '#libs/contract/operation.ts'
import { reactionsOf } from '#libs/outbox/react.ts'
import { Fault } from '#libs/problem/problem.ts'
import { eventually, openServiceTest, type ServiceTest } from '#libs/testing/service-test.ts'
import { askForSettings, type FollowedSettings, followSettings, settingOf } from './followed-settings.ts'
import { defineService, jobsOf } from './service.ts'

const lidChanged = event({
  topic: 'kitchen',
  source: 'kitchen-service',
  type: 'kitchen.setting_changed',
  subject: 'setting_key',
  partitionKey: 'setting_key',
  data: Type.Object({ setting_key: Type.String() }),
})

const readValues = operationsOf('kitchen-service')({
  id: 'readValues',
  method: 'POST',
  path: '/internal/values',
  summary: 'Present values of settings',
  access: { services: ['lid-service'] },
  body: Type.Object({ setting_keys: Type.Array(Type.String()) }),
  reply: Type.Object({
    items: Type.Array(Type.Object({ setting_key: Type.String(), value: Type.String(), version: Type.Integer() })),
  }),
  audit: false,
})

const LIDS = { setting_key: 'lids.count', default_value: '3', is_secret: false } as const
const COLOUR = { setting_key: 'lids.colour', default_value: 'red', is_secret: false } as const

const followed: FollowedSettings = {
  settings: [LIDS, COLOUR],
  read: ({ call }, setting_keys) => call(readValues, { body: { setting_keys } }),
}

const service = defineService<Record<string, never>>({
  name: 'lid-service',
  migrations: new URL('../testing/jar-migrations/', import.meta.url),
  settings: declareSettings({}),
  operations: [],
  reactions: [reactionsOf<Record<string, never>>()(lidChanged, followSettings(followed))],
  jobs: [jobsOf<Record<string, never>>()('ask-for-settings', askForSettings(followed))],
  produces: [],
  problems: {},
  constraints: {},
  owners: {},
  partitioned: [],
  open: async () => ({}),
})

/** lid-service, and the kitchen whose values it follows: what is set there, and which keys were asked for. */
async function openLids(t: TestContext, options: { isAway?: boolean } = {}) {
  const lids = await openServiceTest(t, service)
  const kitchen = { isAway: options.isAway ?? false, values: new Map<string, [value: string, version: number]>() }
  const asked: string[][] = []
  lids.peer(readValues, ({ body: { setting_keys } }) => {
    if (kitchen.isAway) throw new Fault('the kitchen is away')
    asked.push(setting_keys)
    const known = setting_keys.filter((setting_key) => kitchen.values.has(setting_key))
    return {
      items: known.map((setting_key) => {
        const [value, version] = kitchen.values.get(setting_key) as [string, number]
        return { setting_key, value, version }
      }),
    }
  })
  return { ...lids, kitchen, asked }
}

const rowsOf = (lids: ServiceTest): Promise<number> =>
  lids.sql`select 1 from followed_settings`.then(({ length }) => length)

describe('followed settings', () => {
  test('have their defaults until their owner can be asked, and are asked for once', async (t) => {
    const lids = await openLids(t, { isAway: true })
    assert.equal(await settingOf(lids.sql, LIDS), '3')
    lids.kitchen.values.set(LIDS.setting_key, ['5', 2])
    lids.kitchen.isAway = false
    await eventually(async () => (await settingOf(lids.sql, LIDS)) === '5')
    assert.equal(await settingOf(lids.sql, COLOUR), 'red')
    assert.deepEqual(lids.asked, [[LIDS.setting_key, COLOUR.setting_key]])
  })

  test('follow every change, and take no notice of settings that are not followed', async (t) => {
    const lids = await openLids(t)
    await eventually(async () => (await rowsOf(lids)) === 2)
    lids.kitchen.values.set(LIDS.setting_key, ['7', 1])
    lids.kitchen.values.set('oven.heat', ['200', 1])
    lids.receive(lidChanged, { setting_key: 'oven.heat' })
    lids.receive(lidChanged, { setting_key: LIDS.setting_key })
    await eventually(async () => (await settingOf(lids.sql, LIDS)) === '7')
    lids.kitchen.values.set(LIDS.setting_key, ['9', 2])
    lids.receive(lidChanged, { setting_key: LIDS.setting_key })
    await eventually(async () => (await settingOf(lids.sql, LIDS)) === '9')
    assert.equal(await rowsOf(lids), 2)
    assert.ok(lids.asked.every((keys) => !keys.includes('oven.heat')))
  })

  test('never go back to an older version that arrives late, and a default of the catalogue is not held on to', async (t) => {
    const lids = await openLids(t)
    await eventually(async () => (await rowsOf(lids)) === 2)
    assert.equal(await settingOf(lids.sql, { ...LIDS, default_value: '4' }), '4')
    lids.kitchen.values.set(LIDS.setting_key, ['9', 2])
    lids.receive(lidChanged, { setting_key: LIDS.setting_key })
    await eventually(async () => (await settingOf(lids.sql, LIDS)) === '9')
    lids.kitchen.values.set(LIDS.setting_key, ['8', 1])
    lids.kitchen.values.set(COLOUR.setting_key, ['blue', 1])
    lids.receive(lidChanged, { setting_key: LIDS.setting_key })
    lids.receive(lidChanged, { setting_key: COLOUR.setting_key })
    await eventually(async () => (await settingOf(lids.sql, COLOUR)) === 'blue')
    assert.equal(await settingOf(lids.sql, LIDS), '9')
  })
})
