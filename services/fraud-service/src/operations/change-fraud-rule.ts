import { changeFraudRule as contract } from '#contracts/api/fraud.ts'
import { implement } from '../config.ts'
import { checkWindow } from '../domain/rule-window.ts'

export const changeFraudRule = implement(contract, {
  /** Makes or changes a rule; the next check uses it. */
  async run({ params: { rule_id }, body }, { tx, clock, caller }) {
    checkWindow(body)
    const { measure, window_s, threshold, decision, score, is_active, description } = body
    await tx`
      insert into fraud_rules (rule_id, measure, window_s, threshold, decision, score, is_active, description, updated_by, updated_at)
      values (${rule_id}, ${measure}, ${window_s}, ${threshold}, ${decision}, ${score}, ${is_active}, ${description},
        ${caller.sub}, ${clock.wall.now()})
      on conflict (rule_id) do update set measure = excluded.measure, window_s = excluded.window_s, threshold = excluded.threshold,
        decision = excluded.decision, score = excluded.score, is_active = excluded.is_active, description = excluded.description,
        updated_by = excluded.updated_by, updated_at = excluded.updated_at`
    return { rule_id, measure, window_s, threshold, decision, score, is_active, description }
  },
})
