import type { Queryable } from '#libs/sql/database.ts'
import type { RuleRow } from '../tables.ts'

/** All rules, read afresh each time: there are few, and a changed one counts at once. */
export async function readRules(sql: Queryable): Promise<RuleRow[]> {
  return sql<RuleRow[]>`
    select rule_id, measure, window_s, threshold, decision, score, is_active, description from fraud_rules order by rule_id`
}

/** Sets the threshold that rule velocity-count starts with; a rule that a person has changed stays as it is. */
export async function startVelocityCountAt(sql: Queryable, threshold: number, at: Date): Promise<void> {
  await sql`
    update fraud_rules set threshold = ${threshold}, updated_by = 'setting', updated_at = ${at}
    where rule_id = 'velocity-count' and updated_by in ('migration', 'setting') and threshold <> ${threshold}`
}

/** The rule as the contract shows it. */
export function ruleOf(row: RuleRow): Omit<RuleRow, 'threshold'> & { threshold: number } {
  return { ...row, threshold: Number(row.threshold) }
}
