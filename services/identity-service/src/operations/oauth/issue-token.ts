import * as api from '#contracts/api/identity-oauth.ts'
import { implementRaw } from '../../config.ts'
import { carryInTrail } from '../../oauth/carry.ts'

/** Gives a token for a code, once, or for a refresh token. */
export const issueToken = implementRaw(api.issueToken, { answer: carryInTrail })
