import type { Implementation } from '#libs/http/implement.ts'
import type { Own } from '../../config.ts'
import { authorize } from './authorize.ts'
import { confirmEndOfSession } from './confirm-end-of-session.ts'
import { createClientRegistrationToken } from './create-client-registration-token.ts'
import { deleteClientRegistration } from './delete-client-registration.ts'
import { discoverAuthorizationServer } from './discover-authorization-server.ts'
import { discoverOpenid } from './discover-openid.ts'
import { endBrowserSession } from './end-browser-session.ts'
import { getClient } from './get-client.ts'
import { getUserinfo } from './get-userinfo.ts'
import { introspectToken } from './introspect-token.ts'
import { issueToken } from './issue-token.ts'
import { listClients } from './list-clients.ts'
import { postUserinfo } from './post-userinfo.ts'
import { pushAuthorizationRequest } from './push-authorization-request.ts'
import { readClientRegistration } from './read-client-registration.ts'
import { registerClient } from './register-client.ts'
import { resumeAuthorization } from './resume-authorization.ts'
import { revokeToken } from './revoke-token.ts'
import { showEndOfSession } from './show-end-of-session.ts'
import { spendOnce } from './spend-once.ts'
import { suspendClient } from './suspend-client.ts'
import { updateClientRegistration } from './update-client-registration.ts'

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
  registerClient,
  readClientRegistration,
  updateClientRegistration,
  deleteClientRegistration,
  endBrowserSession,
  confirmEndOfSession,
  showEndOfSession,
  getUserinfo,
  postUserinfo,
  spendOnce,
  listClients,
  getClient,
  suspendClient,
  createClientRegistrationToken,
]
