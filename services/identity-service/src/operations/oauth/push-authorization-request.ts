import * as api from '#contracts/api/identity-oauth.ts'
import { implementRaw } from '../../config.ts'
import { carryRefusals } from '../../oauth/carry.ts'

/** Takes an authorization request from an authenticated client, and checks all of it before a browser is involved. */
export const pushAuthorizationRequest = implementRaw(api.pushAuthorizationRequest, { answer: carryRefusals })
