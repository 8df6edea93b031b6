import { RAISED_LIMITS } from '../testing/open-bank.ts'

/** What a load does within minutes no person does; the bank's own limits are not what is tried here. */
export const LOAD_LIMITS: Readonly<Record<string, string>> = {
  ...RAISED_LIMITS,
  BANKFLOW_FRAUD_VELOCITY_COUNT: '1000000000',
  BANKFLOW_ACCESS_TOKEN_TTL_S: '1200',
}
