import { Type } from 'typebox'
import { operationsOf } from '#libs/contract/operation.ts'
import { Id, OneOf, PlainText } from '#libs/contract/schema.ts'
import { Password, PasswordAttempt, User } from './identity.ts'
import { UserProposal } from './identity-proposals.ts'

const operation = operationsOf('identity-service')

export const changePassword = operation({
  id: 'changePassword',
  method: 'POST',
  path: '/auth/password',
  summary:
    'Sets a new password by the present one; every other session, every consent and every half-finished sign-in ends',
  description:
    'Wrong present passwords are counted with failed sign-ins of the same device. The session that asks stays.',
  access: { signedIn: true },
  body: Type.Object({ current_password: PasswordAttempt, new_password: Password }),
  reply: Type.Object({ ended_sessions: Type.Integer() }),
  problems: ['CREDENTIALS_WRONG', 'ACCOUNT_LOCKED', 'PASSWORD_TOO_WEAK', 'PASSWORD_UNCHANGED'],
})

export const endMyLock = operation({
  id: 'endMyLock',
  method: 'POST',
  path: '/auth/unlock',
  summary: 'Ends the lock of the own address, in a session of two factors: a passkey, or a password and a code',
  description: 'What failures from elsewhere have locked is open again, also where it stood until somebody ends it.',
  access: { signedIn: true },
  reply: User,
  problems: ['STRONGER_SIGN_IN_REQUIRED'],
})

export const reactivateUser = operation({
  id: 'reactivateUser',
  method: 'POST',
  path: '/users/:user_id/reactivation',
  summary:
    'Lets a deactivated user sign in again, with the password and factors of before; staff with a second person. Staff only by admins',
  access: { roles: ['admin', 'compliance'] },
  params: Type.Object({ user_id: Id }),
  body: Type.Object({ reason: PlainText(280) }),
  reply: Type.Object({
    /** PROPOSED: nobody is let in before somebody else approves. */
    status: OneOf(['ACTIVE', 'PROPOSED'] as const),
    user: User,
    proposal: Type.Union([UserProposal, Type.Null()]),
  }),
  problems: ['USER_NOT_FOUND', 'OWN_USER', 'NOTHING_TO_CHANGE', 'PROPOSAL_PENDING'],
  stepUp: true,
})
