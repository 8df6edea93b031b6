import { integer } from '#libs/config/kinds.ts'
import { declareSettings } from '#libs/config/settings.ts'
import { operationsFor } from '#libs/http/implement.ts'
import { reactionsOf } from '#libs/outbox/react.ts'
import { jobsOf } from '#libs/service/service.ts'

export const settings = declareSettings({
  velocity_count: integer({
    env: 'BANKFLOW_FRAUD_VELOCITY_COUNT',
    default: undefined,
    min: 1,
    max: 1_000_000_000,
    describe:
      'Threshold of the rule velocity-count (transfers an hour) until somebody changes the rule; 100 unless given',
  }),
})

/** Nothing: rules are data, read for each batch. */
export type Own = Record<string, never>

export const { implement, implementRead } = operationsFor<Own>()
export const react = reactionsOf<Own>()
export const job = jobsOf<Own>()
