import * as api from '#contracts/api/identity-oauth.ts'
import { implementRead } from '../../config.ts'
import { readUserinfo } from '../../oauth/userinfo.ts'

/** Who the customer is. Verified like any other call, since the library's own would not know the bank's tokens. */
export const getUserinfo = implementRead(api.getUserinfo, { read: (_input, context) => readUserinfo(context) })
