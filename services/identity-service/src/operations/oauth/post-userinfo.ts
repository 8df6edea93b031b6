import * as api from '#contracts/api/identity-oauth.ts'
import { implementRead } from '../../config.ts'
import { readUserinfo } from '../../oauth/userinfo.ts'

/** The same for clients that post (OpenID Connect Core §5.3.1). */
export const postUserinfo = implementRead(api.postUserinfo, { read: (_input, context) => readUserinfo(context) })
