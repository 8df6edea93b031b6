import * as api from '#contracts/api/identity-oauth.ts'
import { implementRaw } from '../../config.ts'
import { carry } from '../../oauth/carry.ts'

/** The same for clients of OpenID Connect. */
export const discoverOpenid = implementRaw(api.discoverOpenid, { answer: carry })
