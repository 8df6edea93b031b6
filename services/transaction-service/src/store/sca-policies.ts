import type { Static } from 'typebox'
import type { proposeScaPolicy } from '#contracts/api/transaction.ts'
import type { Id } from '#libs/ids/ids.ts'
import type { Queryable } from '#libs/sql/database.ts'
import type { ScaLimits, ScaPolicy } from '../domain/sca.ts'
import { limitColumns } from './sca.ts'

type Told = Static<(typeof proposeScaPolicy)['reply']>

/** A row of `sca_policies`. */
export interface ScaPolicyRow extends ScaLimits {
  policy_id: Id
  version: number | null
  based_on: number
  status: Told['status']
  reason: string
  proposed_by: string
  proposed_at: Date
  decided_by: string | null
  decided_at: Date | null
  decision_reason: string | null
}

/** The columns of `sca_policies`, for every statement that reads whole rows. */
export function policyColumns(sql: Queryable) {
  return sql`
    policy_id, version, based_on, status, ${limitColumns(sql)}, reason, proposed_by, proposed_at, decided_by, decided_at, decision_reason`
}

/** A policy as the contract tells it; `in_force` is the version that counts now. */
export function policyReply(row: ScaPolicyRow, in_force: number): Told {
  return {
    ...row,
    is_in_force: row.version === in_force,
    proposed_at: row.proposed_at.toISOString(),
    decided_at: row.decided_at?.toISOString() ?? null,
  }
}

/** The policy that the bank's profile brings along, as the contract tells it. */
export function profilePolicy({ version, ...limits }: ScaPolicy, in_force: number): Told {
  return {
    ...{ policy_id: null, version, based_on: 0, status: 'APPROVED', is_in_force: in_force === version, ...limits },
    ...{ reason: "The bank's profile", proposed_by: null, proposed_at: null },
    ...{ decided_by: null, decided_at: null, decision_reason: null },
  }
}

/** The limits of a policy alone: what the audit trail keeps of it. */
export function limitsOf(limits: ScaLimits): ScaLimits {
  const { low_value_hundredths, low_value_total_hundredths, low_value_count, new_payee_hundredths } = limits
  const { trusted_payee_hundredths, api_key_hundredths, recurring_days, has_own_accounts } = limits
  return {
    ...{ low_value_hundredths, low_value_total_hundredths, low_value_count, new_payee_hundredths },
    ...{ trusted_payee_hundredths, api_key_hundredths, recurring_days, has_own_accounts },
  }
}
