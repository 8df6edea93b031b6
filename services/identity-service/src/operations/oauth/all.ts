import type { Implementation } from '#libs/http/implement.ts'
import type { Own } from '../../config.ts'
import { authorize } from './authorize.ts'
import { discoverAuthorizationServer } from './discover-authorization-server.ts'
import { discoverOpenid } from './discover-openid.ts'
import { getUserinfo } from './get-userinfo.ts'
import { introspectToken } from './introspect-token.ts'
import { issueToken } from './issue-token.ts'
import { postUserinfo } from './post-userinfo.ts'
import { pushAuthorizationRequest } from './push-authorization-request.ts'
import { resumeAuthorization } from './resume-authorization.ts'
import { revokeToken } from './revoke-token.ts'
import { spendOnce } from './spend-once.ts'

/** What this folder answers. */
export const oauthOperations: readonly Implementation<Own>[] = [
  discoverAuthorizationServer,
  discoverOpenid,
  authorize,
  resumeAuthorization,
  pushAuthorizationRequest,
  issueToken,
  introspectToken,
  revokeToken,
  getUserinfo,
  postUserinfo,
  spendOnce,
]
