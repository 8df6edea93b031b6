import { changeSetting as contract } from '#contracts/api/admin.ts'
import { Problem } from '#libs/problem/problem.ts'
import type { Tx } from '#libs/sql/database.ts'
import { implement, type Own } from '../config.ts'
import { checkValue } from '../domain/setting-values.ts'
import { problems } from '../problems.ts'
import { type Request, requestAll } from '../store/approvals.ts'
import {
  applyChange,
  auditedValue,
  definitionOf,
  lockSetting,
  pendingChanges,
  presentValue,
  settingReply,
} from '../store/settings.ts'

/** Gives a setting a new value; one that needs a second person keeps its value until somebody else has approved the new one. */
export const changeSetting = implement(contract, {
  async run(
    { params: { setting_key }, body: { value, reason, version } },
    { tx, clock, caller, own, mintId, changed },
  ) {
    const { vault } = own
    const definition = definitionOf(own, setting_key)
    checkValue(definition, value)
    const row = await lockSetting(tx, setting_key)
    if (version !== undefined && version !== row.version)
      throw new Problem(problems.SETTING_CHANGED, { extra: { version: row.version } })
    const pending = await pendingChanges(tx, [setting_key])
    const approval_id = pending.get(setting_key)
    if (approval_id !== undefined) throw new Problem(problems.CHANGE_PENDING, { extra: { approval_id } })
    const at = clock.wall.now()
    const by = caller.sub ?? ''
    const present = presentValue(vault, definition, row)
    const before = { setting_key, value: auditedValue(definition, present), version: row.version }
    const wished = auditedValue(definition, value)
    if (!definition.needs_approval) {
      const now = await applyChange(tx, vault, row, { value, reason, changed_by: by, approved_by: null, at })
      changed({ before, after: { setting_key, value: wished, version: now.version } })
      return settingReply(vault, definition, now, undefined)
    }
    const request = requestOf({ approval_id: mintId(), setting_key, by, reason, at })
    await propose(tx, own, request, { value, value_before: present })
    changed({ before, after: { ...before, proposed_value: wished, approval_id: request.approval_id } })
    return settingReply(vault, definition, row, request.approval_id)
  },
})

interface Wish {
  approval_id: string
  setting_key: string
  by: string
  reason: string
  at: Date
}

function requestOf({ approval_id, setting_key, by, reason, at }: Wish): Request {
  const about = { subject_type: 'SETTING' as const, subject_id: setting_key, rule: 'setting', summary: setting_key }
  return { approval_id, ...about, requested_by: by, request_reason: reason, requested_at: at }
}

async function propose(
  tx: Tx,
  { vault }: Own,
  request: Request,
  { value, value_before }: { value: string; value_before: string },
): Promise<void> {
  const { approval_id, subject_id } = request
  await requestAll(tx, [request])
  await tx`
    insert into setting_proposals (approval_id, setting_key, value_encrypted, value_before_encrypted)
    values (${approval_id}, ${subject_id}, ${vault.sealProposal(approval_id, 'value', value)},
      ${vault.sealProposal(approval_id, 'value_before', value_before)})`
}
