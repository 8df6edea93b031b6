import type { listSettings } from '#contracts/api/admin.ts'
import { settingChanged } from '#contracts/events/admin.ts'
import { occurred } from '#libs/contract/event.ts'
import type { ReplyOf } from '#libs/contract/operation.ts'
import { publish } from '#libs/outbox/publish.ts'
import { invariant, Problem } from '#libs/problem/problem.ts'
import type { Queryable, Tx } from '#libs/sql/database.ts'
import type { Own } from '../config.ts'
import { problems } from '../problems.ts'
import type { Definition, SystemSettingRow } from '../tables.ts'
import type { Vault } from '../vault.ts'

type Setting = ReplyOf<typeof listSettings>['items'][number]

/** What is told of a secret's value where something must be told. */
export const HIDDEN = '•••'

/** The catalogue's row, or SETTING_NOT_FOUND. */
export function definitionOf({ catalogue }: Pick<Own, 'catalogue'>, setting_key: string): Definition {
  const definition = catalogue.get(setting_key)
  if (definition === undefined) throw new Problem(problems.SETTING_NOT_FOUND)
  return definition
}

/** Locks a setting. One that was never set gets its row first: two first changes at once must meet somewhere. */
export async function lockSetting(tx: Tx, setting_key: string): Promise<SystemSettingRow> {
  await tx`insert into system_settings (setting_key, version) values (${setting_key}, 0) on conflict do nothing`
  const [row] = await tx<SystemSettingRow[]>`
    select setting_key, value_encrypted, version, changed_by, changed_at from system_settings where setting_key = ${setting_key} for update`
  invariant(row !== undefined, 'a setting that was made is there')
  return row
}

/** Rows of settings that were ever looked at for a change, by key. */
export async function settingRows(sql: Queryable, keys: readonly string[]): Promise<Map<string, SystemSettingRow>> {
  const rows = await sql<SystemSettingRow[]>`
    select setting_key, value_encrypted, version, changed_by, changed_at from system_settings where setting_key = any(${keys as string[]}::text[])`
  return new Map(rows.map((row) => [row.setting_key, row]))
}

/** The value that counts: what was set last, or the default. */
export function presentValue(vault: Vault, definition: Definition, row: SystemSettingRow | undefined): string {
  if (row === undefined || row.value_encrypted === null) return definition.default_value
  return vault.openValue(row.setting_key, row.version, row.value_encrypted)
}

/** A new value for a setting, and whose it is. */
export interface SettingChange {
  value: string
  reason: string
  changed_by: string
  approved_by: string | null
  at: Date
}

/** Gives a locked setting a new value: the next version, its line in the history, and the event, which names no value. */
export async function applyChange(
  tx: Tx,
  vault: Vault,
  row: SystemSettingRow,
  change: SettingChange,
): Promise<SystemSettingRow> {
  const { setting_key } = row
  const { reason, changed_by, approved_by, at } = change
  const version = row.version + 1
  const value_encrypted = vault.sealValue(setting_key, version, change.value)
  await tx`
    update system_settings set value_encrypted = ${value_encrypted}, version = ${version}, changed_by = ${changed_by}, changed_at = ${at}
    where setting_key = ${setting_key}`
  await tx`
    insert into system_setting_history (setting_key, version, value_encrypted, reason, changed_by, approved_by, changed_at)
    values (${setting_key}, ${version}, ${value_encrypted}, ${reason}, ${changed_by}, ${approved_by}, ${at})`
  await publish(tx, occurred(settingChanged, { setting_key, changed_by, version }))
  return { setting_key, value_encrypted, version, changed_by, changed_at: at }
}

/** Approvals that wait, by the key of the setting that they are about. */
export async function pendingChanges(sql: Queryable, keys: readonly string[]): Promise<Map<string, string>> {
  const rows = await sql<{ setting_key: string; approval_id: string }[]>`
    select subject_id as setting_key, approval_id from approvals
    where subject_type = 'SETTING' and status = 'PENDING' and subject_id = any(${keys as string[]}::text[])`
  return new Map(rows.map((row) => [row.setting_key, row.approval_id]))
}

/** A setting as people see it; the value of a secret is seen by nobody. */
export function settingReply(
  vault: Vault,
  definition: Definition,
  row: SystemSettingRow | undefined,
  pending_approval_id: string | undefined,
): Setting {
  const { setting_key, setting_type, default_value, is_secret, needs_approval, description } = definition
  const version = row?.version ?? 0
  return {
    setting_key,
    setting_type,
    value: is_secret ? null : presentValue(vault, definition, row),
    default_value,
    is_default: version === 0,
    is_secret,
    needs_approval,
    pending_approval_id: pending_approval_id ?? null,
    description,
    version,
    changed_by: row?.changed_by ?? null,
    changed_at: row?.changed_at?.toISOString() ?? null,
  }
}

/** A value as the audit trail may know it. */
export function auditedValue(definition: Definition, value: string): string {
  return definition.is_secret ? HIDDEN : value
}
