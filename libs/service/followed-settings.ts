import type { Client } from '#libs/contract/client.ts'
import type { EventMessage } from '#libs/contract/event.ts'
import type { AskContext, ReactContext } from '#libs/outbox/react.ts'
import type { Queryable } from '#libs/sql/database.ts'
import { textArray } from '#libs/sql/text-array.ts'
import type { JobContext } from './service.ts'

/** A setting as its catalogue has it: `default_value` counts until somebody changes it. Values are texts, whatever their type. */
export interface FollowedSetting {
  setting_key: string
  default_value: string
  /** A secret is asked for whenever it is needed: following it would leave copies. */
  is_secret: false
}

/** A value as the owner of settings answers it; the version rises with every change, and a default has 0. */
export interface SettingValue {
  setting_key: string
  value: string
  version: number
}

/** Which settings a service follows, and how it asks their owner for present values (keys that it does not know are left out). */
export interface FollowedSettings {
  settings: readonly FollowedSetting[]
  read(client: Client, setting_keys: string[]): Promise<{ items: readonly SettingValue[] }>
}

/** How often a service looks whether it has asked for everything it follows: a setting that a new version follows has no event to come. */
const LOOK_EVERY_MS = 60_000

/** The beats of a reaction to "a setting was changed": asks for the values of those that are followed here, and remembers them. */
export function followSettings<Own>({ settings, read }: FollowedSettings) {
  const followed = new Set(settings.map(({ setting_key }) => setting_key))
  return {
    async ask(
      events: readonly EventMessage<{ setting_key: string }>[],
      client: AskContext<Own>,
    ): Promise<readonly SettingValue[]> {
      const changed = events.map(({ data }) => data.setting_key).filter((key) => followed.has(key))
      return changed.length === 0 ? [] : (await read(client, [...new Set(changed)])).items
    },
    run: (_events: unknown, values: readonly SettingValue[], { tx }: ReactContext<Own>) => remember(tx, values),
  }
}

/** A job that asks once for what is followed and was never heard of; until the owner has answered, defaults count. */
export function askForSettings<Own>({ settings, read }: FollowedSettings) {
  return {
    everyMs: LOOK_EVERY_MS,
    async run(context: JobContext<Own>): Promise<void> {
      const known = await context.database.app<{ setting_key: string }[]>`select setting_key from followed_settings`
      const missing = settings.filter(
        (setting) => !known.some(({ setting_key }) => setting_key === setting.setting_key),
      )
      if (missing.length === 0) return
      const { items } = await read(
        context,
        missing.map(({ setting_key }) => setting_key),
      )
      // What its owner does not know either is not asked for again.
      const unknown = missing.filter((setting) => !items.some(({ setting_key }) => setting_key === setting.setting_key))
      const defaults = unknown.map(({ setting_key, default_value }) => ({
        setting_key,
        value: default_value,
        version: 0,
      }))
      await remember(context.database.app, [...items, ...defaults])
    },
  }
}

/** The value of a setting as this service knows it: the last change that it heard of, or the default of the catalogue as it is now. */
export async function settingOf(sql: Queryable, { setting_key, default_value }: FollowedSetting): Promise<string> {
  const [row] = await sql<{ value: string }[]>`
    select value from followed_settings where setting_key = ${setting_key} and version > 0`
  return row?.value ?? default_value
}

/** A newer version replaces an older one, never the other way round. One value per key. */
async function remember(sql: Queryable, values: readonly SettingValue[]): Promise<void> {
  if (values.length === 0) return
  const column = (pick: (value: SettingValue) => string): string => textArray(values.map(pick))
  await sql`
    insert into followed_settings (setting_key, value, version)
    select setting_key, value, version
    from unnest(${column((one) => one.setting_key)}::text[], ${column((one) => one.value)}::text[], ${column((one) => String(one.version))}::int[])
      as told (setting_key, value, version)
    on conflict (setting_key) do update set value = excluded.value, version = excluded.version
    where followed_settings.version < excluded.version`
}
