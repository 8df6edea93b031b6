import { fraudCheckCompleted } from '#contracts/events/fraud.ts'
import { defineService } from '#libs/service/service.ts'
import { type Own, settings } from './config.ts'
import { pruneAccountActivity } from './jobs/prune-account-activity.ts'
import { changeFraudRule } from './operations/change-fraud-rule.ts'
import { getFraudCheck } from './operations/get-fraud-check.ts'
import { listFraudRules } from './operations/list-fraud-rules.ts'
import { problems } from './problems.ts'
import { onTransactionBalanceReserved } from './reactions/on-transaction-balance-reserved.ts'
import { startVelocityCountAt } from './store/rules.ts'

/** Judges transfers between reservation and booking, by rules that are data. */
export const service = defineService<Own>({
  name: 'fraud-service',
  migrations: new URL('../migrations/', import.meta.url),
  settings,
  operations: [listFraudRules, changeFraudRule, getFraudCheck],
  reactions: [onTransactionBalanceReserved],
  jobs: [pruneAccountActivity],
  produces: [fraudCheckCompleted],
  problems,
  constraints: {},
  owners: {},
  partitioned: [],
  async open({ database, clock, settings: { velocity_count } }) {
    if (typeof velocity_count === 'number') await startVelocityCountAt(database.app, velocity_count, clock.wall.now())
    return {}
  },
})
