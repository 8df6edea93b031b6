import * as events from '#contracts/events/identity.ts'
import { startQueues } from '#libs/jobs/queues.ts'
import { defineService } from '#libs/service/service.ts'
import { openBreachedPasswords } from './breached/breached-passwords.ts'
import { type Own, settings } from './config.ts'
import { deliverMail, deliverPush, deliverText } from './jobs/deliver-mail.ts'
import { expireConsents } from './jobs/expire-consents.ts'
import { expireUserProposals } from './jobs/expire-user-proposals.ts'
import { forgetExpired } from './jobs/forget-expired.ts'
import { forgetOauth } from './jobs/forget-oauth.ts'
import { rotateSigningKeys } from './jobs/rotate-signing-keys.ts'
import { tellThirdParty } from './jobs/tell-third-party.ts'
import { openOAuth } from './oauth/open.ts'
import { apiKeyOperations } from './operations/api-keys/all.ts'
import { clientOperations } from './operations/clients/all.ts'
import { consentOperations } from './operations/consents/all.ts'
import { deviceOperations } from './operations/devices/all.ts'
import { endSessionOperations } from './operations/end-session/all.ts'
import { enrolmentOperations } from './operations/enrolment/all.ts'
import { factorOperations } from './operations/factors/all.ts'
import { oauthOperations } from './operations/oauth/all.ts'
import { pageOperations } from './operations/pages/all.ts'
import { passkeyOperations } from './operations/passkeys/all.ts'
import { changePassword } from './operations/passwords/change-password.ts'
import { endMyLock } from './operations/passwords/end-my-lock.ts'
import { forgotPassword } from './operations/passwords/forgot-password.ts'
import { resetPassword } from './operations/passwords/reset-password.ts'
import { proposalOperations } from './operations/proposals/all.ts'
import { getSessionState } from './operations/sessions/get-session-state.ts'
import { listKeys } from './operations/sessions/list-keys.ts'
import { listRevocations } from './operations/sessions/list-revocations.ts'
import { listSessions } from './operations/sessions/list-sessions.ts'
import { login } from './operations/sessions/login.ts'
import { logout } from './operations/sessions/logout.ts'
import { refreshTokens } from './operations/sessions/refresh-tokens.ts'
import { revokeAllSessions } from './operations/sessions/revoke-all-sessions.ts'
import { revokeSession } from './operations/sessions/revoke-session.ts'
import { stepUpOperations } from './operations/step-up/all.ts'
import { changeRoles } from './operations/users/change-roles.ts'
import { deactivateUser } from './operations/users/deactivate-user.ts'
import { getMe } from './operations/users/get-me.ts'
import { getMyself } from './operations/users/get-myself.ts'
import { getUser } from './operations/users/get-user.ts'
import { listUsers } from './operations/users/list-users.ts'
import { reactivateUser } from './operations/users/reactivate-user.ts'
import { registerUser } from './operations/users/register-user.ts'
import { resolveUsers } from './operations/users/resolve-users.ts'
import { unlockUser } from './operations/users/unlock-user.ts'
import { updateUser } from './operations/users/update-user.ts'
import { verifyUser } from './operations/users/verify-user.ts'
import { getWebSession } from './operations/web/get-web-session.ts'
import { resolveWebSession } from './operations/web/resolve-web-session.ts'
import { signInWeb } from './operations/web/sign-in-web.ts'
import { signOutWeb } from './operations/web/sign-out-web.ts'
import { verifyFactorWeb } from './operations/web/verify-factor-web.ts'
import { problems } from './problems.ts'
import { onTransactionInitiated } from './reactions/on-transaction-initiated.ts'
import { refuseDemoUsers } from './seed.ts'
import { openKeyRing } from './store/key-ring.ts'
import { openVault } from './vault.ts'

export const service = defineService<Own>({
  name: 'identity-service',
  migrations: new URL('../migrations', import.meta.url),
  settings,
  operations: [
    registerUser,
    verifyUser,
    getMe,
    getMyself,
    listUsers,
    getUser,
    updateUser,
    deactivateUser,
    reactivateUser,
    unlockUser,
    endMyLock,
    resolveUsers,
    changeRoles,
    forgotPassword,
    resetPassword,
    changePassword,
    login,
    refreshTokens,
    logout,
    listSessions,
    revokeSession,
    revokeAllSessions,
    signInWeb,
    verifyFactorWeb,
    getWebSession,
    signOutWeb,
    resolveWebSession,
    listKeys,
    listRevocations,
    getSessionState,
    ...factorOperations,
    ...passkeyOperations,
    ...enrolmentOperations,
    ...deviceOperations,
    ...stepUpOperations,
    ...oauthOperations,
    ...endSessionOperations,
    ...clientOperations,
    ...pageOperations,
    ...consentOperations,
    ...apiKeyOperations,
    ...proposalOperations,
  ],
  reactions: [onTransactionInitiated],
  jobs: [forgetExpired, forgetOauth, expireConsents, expireUserProposals, rotateSigningKeys],
  produces: Object.values(events),
  problems,
  constraints: {},
  owners: {},
  partitioned: [],
  async open({ profile, settings: values, keys, database, clock, client, log }) {
    const vault = openVault(keys)
    if (profile === 'production') await refuseDemoUsers(database, vault)
    const keyRing = await openKeyRing({ database, sealer: vault.fields, clock })
    const queues = await startQueues({
      database,
      keys,
      log,
      workers: [
        deliverMail(client),
        deliverText(client),
        deliverPush(client),
        tellThirdParty({ database, keyRing, profile }),
      ],
    })
    const breached = openBreachedPasswords(values as Own['settings'], { log, clock })
    const parts = { profile, settings: values as Own['settings'], vault, keyRing, breached, queues }
    const oauth = openOAuth({ profile, keys, database, clock, log }, parts, () => own)
    const own: Own = { ...parts, oauth }
    return own
  },
  close: (own) => own.queues.stop(),
})
