import { Type } from 'typebox'
import { operationsOf } from '#libs/contract/operation.ts'
import { Password, PasswordAttempt } from './identity.ts'

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
