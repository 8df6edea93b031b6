import * as api from '#contracts/api/identity-oauth.ts'
import { implementRaw } from '../../config.ts'
import { carry } from '../../oauth/carry.ts'

/** Begins an authorization request in a browser: leads to the bank's own pages, or back to the client with an error. */
export const authorize = implementRaw(api.authorize, { answer: carry })
