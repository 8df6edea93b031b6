import * as api from '#contracts/api/identity-oauth.ts'
import { implementRaw } from '../../config.ts'
import { carryInTrail } from '../../oauth/carry.ts'

/** Ends the consent behind a client's own token. */
export const revokeToken = implementRaw(api.revokeToken, { answer: carryInTrail })
