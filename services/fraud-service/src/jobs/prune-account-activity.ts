import { job } from '../config.ts'
import { readRules } from '../store/rules.ts'

/** Kept at least, so that a rule made tomorrow can look back a day. */
const KEPT_AT_LEAST_S = 86_400
const ROWS_A_STATEMENT = 5_000

/** Forgets counted transfers that are older, on the bank's clock, than the longest window of any rule, switched off or not, a bounded number at a time. */
export const pruneAccountActivity = job('prune-account-activity', {
  everyMs: 600_000,
  async run({ database, clock }) {
    const rules = await readRules(database.app)
    const longest_s = Math.max(KEPT_AT_LEAST_S, ...rules.map((rule) => rule.window_s))
    const before = new Date(clock.bank.now().getTime() - longest_s * 1000)
    for (let gone = ROWS_A_STATEMENT; gone === ROWS_A_STATEMENT; ) {
      const pruned = await database.app`
        delete from account_activity
        where ctid = any(array(select ctid from account_activity where counted_at <= ${before} limit ${ROWS_A_STATEMENT}))`
      gone = pruned.count
    }
  },
})
