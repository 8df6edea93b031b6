import * as api from '#contracts/api/identity-oauth.ts'
import { implementRaw } from '../../config.ts'
import { carry } from '../../oauth/carry.ts'

/** Asks whether to sign out; a third party alone cannot do it. */
export const endBrowserSession = implementRaw(api.endBrowserSession, { answer: carry })
