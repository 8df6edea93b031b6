import * as api from '#contracts/api/identity-oauth.ts'
import { implementRaw } from '../../config.ts'
import { carry } from '../../oauth/carry.ts'

/** Signs the browser out of the authorization server. What was allowed to third parties stays allowed. */
export const confirmEndOfSession = implementRaw(api.confirmEndOfSession, { answer: carry })
