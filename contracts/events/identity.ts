import { Type } from 'typebox'
import { event } from '#libs/contract/event.ts'
import { Id, Timestamp } from '#libs/contract/schema.ts'

const family = {
  topic: 'identity-events',
  source: 'identity-service',
  partitionKey: 'user_id',
  subject: 'user_id',
} as const

export const userRegistered = event({ ...family, type: 'user.registered', data: Type.Object({ user_id: Id }) })

export const userVerified = event({
  ...family,
  type: 'user.verified',
  data: Type.Object({ user_id: Id, channel: Type.String() }),
})

export const userDeactivated = event({
  ...family,
  type: 'user.deactivated',
  data: Type.Object({ user_id: Id, reason: Type.String() }),
})

/** Too many failures closed a sign-in for a while: its owner should know. */
export const userLockedOut = event({
  ...family,
  type: 'user.locked_out',
  data: Type.Object({ user_id: Id, until: Timestamp }),
})

export const userLoggedIn = event({
  ...family,
  type: 'user.logged_in',
  data: Type.Object({
    user_id: Id,
    session_id: Id,
    client_id: Type.Union([Type.String(), Type.Null()]),
    ip_hash: Type.Union([Type.String(), Type.Null()]),
    device_id: Type.Union([Type.String(), Type.Null()]),
    auth_method: Type.String(),
  }),
})

export const userLoginFailed = event({
  ...family,
  type: 'user.login_failed',
  data: Type.Object({
    user_id: Id,
    reason: Type.String(),
    ip_hash: Type.Union([Type.String(), Type.Null()]),
    failed_attempts: Type.Integer(),
  }),
})

export const passwordChanged = event({ ...family, type: 'user.password_changed', data: Type.Object({ user_id: Id }) })

export const sessionRevoked = event({
  ...family,
  type: 'session.revoked',
  data: Type.Object({ session_id: Id, user_id: Id }),
})

export const factorChanged = event({
  ...family,
  type: 'factor.changed',
  data: Type.Object({ user_id: Id, factor_type: Type.String(), change: Type.String() }),
})
