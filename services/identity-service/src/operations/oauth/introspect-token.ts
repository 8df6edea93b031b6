import * as api from '#contracts/api/identity-oauth.ts'
import { implementRaw } from '../../config.ts'
import { carryRefusals } from '../../oauth/carry.ts'

/** Tells a client of its own tokens; of others' it says that they are not active. */
export const introspectToken = implementRaw(api.introspectToken, { answer: carryRefusals })
