import * as api from '#contracts/api/identity-oauth.ts'
import { implementRaw } from '../../config.ts'
import { carry } from '../../oauth/carry.ts'

/** What the authorization server can do, and where (RFC 8414). */
export const discoverAuthorizationServer = implementRaw(api.discoverAuthorizationServer, { answer: carry })
