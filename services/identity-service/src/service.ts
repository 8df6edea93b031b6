import * as events from '#contracts/events/identity.ts'
import { startQueues } from '#libs/jobs/queues.ts'
import { defineService } from '#libs/service/service.ts'
import { type Own, settings } from './config.ts'
import { deliverMail } from './jobs/deliver-mail.ts'
import { forgetExpired } from './jobs/forget-expired.ts'
import { rotateSigningKeys } from './jobs/rotate-signing-keys.ts'
import { confirmTotp } from './operations/factors/confirm-totp.ts'
import { enrolTotp } from './operations/factors/enrol-totp.ts'
import { listFactors } from './operations/factors/list-factors.ts'
import { verifyFactor } from './operations/factors/verify-factor.ts'
import { forgotPassword } from './operations/passwords/forgot-password.ts'
import { resetPassword } from './operations/passwords/reset-password.ts'
import { getSessionState } from './operations/sessions/get-session-state.ts'
import { listKeys } from './operations/sessions/list-keys.ts'
import { listRevocations } from './operations/sessions/list-revocations.ts'
import { listSessions } from './operations/sessions/list-sessions.ts'
import { login } from './operations/sessions/login.ts'
import { logout } from './operations/sessions/logout.ts'
import { refreshTokens } from './operations/sessions/refresh-tokens.ts'
import { revokeSession } from './operations/sessions/revoke-session.ts'
import { changeRoles } from './operations/users/change-roles.ts'
import { getMe } from './operations/users/get-me.ts'
import { readMailbox } from './operations/users/read-mailbox.ts'
import { registerUser } from './operations/users/register-user.ts'
import { verifyUser } from './operations/users/verify-user.ts'
import { problems } from './problems.ts'
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
    changeRoles,
    readMailbox,
    forgotPassword,
    resetPassword,
    login,
    refreshTokens,
    logout,
    listSessions,
    revokeSession,
    listKeys,
    listRevocations,
    getSessionState,
    enrolTotp,
    confirmTotp,
    verifyFactor,
    listFactors,
  ],
  reactions: [],
  jobs: [forgetExpired, rotateSigningKeys],
  produces: Object.values(events),
  problems,
  constraints: {},
  owners: {},
  partitioned: [],
  async open({ profile, settings: values, keys, database, clock, log }) {
    const vault = openVault(keys)
    if (profile === 'production') await refuseDemoUsers(database, vault)
    const keyRing = await openKeyRing({ database, sealer: vault.fields, clock })
    const queues = await startQueues({
      database,
      keys,
      log,
      workers: [deliverMail({ profile, vault, database, clock })],
    })
    return { profile, settings: values as Own['settings'], vault, keyRing, queues }
  },
  close: (own) => own.queues.stop(),
})
