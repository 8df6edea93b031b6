import { listFraudRules as contract } from '#contracts/api/fraud.ts'
import { implementRead } from '../config.ts'
import { readRules, ruleOf } from '../store/rules.ts'

/** The rules that transfers are checked by, switched off ones included. */
export const listFraudRules = implementRead(contract, {
  read: async (_input, { sql }) => ({ items: (await readRules(sql)).map(ruleOf) }),
})
