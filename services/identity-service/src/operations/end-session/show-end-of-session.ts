import * as api from '#contracts/api/identity-oauth.ts'
import { implementRaw } from '../../config.ts'
import { carry } from '../../oauth/carry.ts'

/** Says that it is done. */
export const showEndOfSession = implementRaw(api.showEndOfSession, { answer: carry })
