import { getFraudCheck as contract } from '#contracts/api/fraud.ts'
import { Problem } from '#libs/problem/problem.ts'
import { implementRead } from '../config.ts'
import { problems } from '../problems.ts'
import type { CheckRow } from '../tables.ts'

/** The verdict on a transaction, with the rules that fired. */
export const getFraudCheck = implementRead(contract, {
  async read({ params }, { sql }) {
    const [row] = await sql<CheckRow[]>`
      select transaction_id, decision, fraud_score, reason_codes, checked_at from fraud_checks
      where transaction_id = ${params.transaction_id}`
    if (row === undefined) throw new Problem(problems.FRAUD_CHECK_NOT_FOUND)
    return { ...row, checked_at: row.checked_at.toISOString() }
  },
})
