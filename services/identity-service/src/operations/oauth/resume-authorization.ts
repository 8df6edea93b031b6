import * as api from '#contracts/api/identity-oauth.ts'
import { implementRaw } from '../../config.ts'
import { carry } from '../../oauth/carry.ts'

/** Goes on where the pages left off: to the next page, or back to the client with a code. */
export const resumeAuthorization = implementRaw(api.resumeAuthorization, { answer: carry })
