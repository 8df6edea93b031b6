import { Type } from 'typebox'
import { operationsOf } from '#libs/contract/operation.ts'
import { Id, OneOf, PlainText, Timestamp } from '#libs/contract/schema.ts'
import { ROLES } from '../enums.ts'
import { Email, Password, PasswordAttempt, User } from './identity.ts'
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

export const inviteStaff = operation({
  id: 'inviteStaff',
  method: 'POST',
  path: '/users/invitations',
  summary:
    'Makes a member of staff without a password, and mails a link by which a passkey is enrolled, once, within a day',
  description: 'The roles are proposed with it; they count when a second admin approves.',
  access: { roles: ['admin'] },
  body: Type.Object({
    email: Email,
    first_name: PlainText(100),
    last_name: PlainText(100),
    roles: Type.Array(OneOf(ROLES), { minItems: 1, maxItems: 9 }),
    reason: PlainText(280),
  }),
  reply: Type.Object({ user: User, proposal: UserProposal, invitation_expires_at: Timestamp }),
  status: 201,
  stepUp: true,
  problems: ['ADDRESS_TAKEN', 'NOT_STAFF', 'FACTOR_NOT_OFFERED'],
})

export const renewInvitation = operation({
  id: 'renewInvitation',
  method: 'POST',
  path: '/users/:user_id/invitation',
  summary: 'Mails a new link to enrol a passkey to a member of staff who has none (any more); the link before is void',
  access: { roles: ['admin'] },
  params: Type.Object({ user_id: Id }),
  body: Type.Object({ reason: PlainText(280) }),
  reply: Type.Object({ invitation_expires_at: Timestamp }),
  stepUp: true,
  problems: ['USER_NOT_FOUND', 'OWN_USER', 'NOT_STAFF', 'FACTOR_EXISTS', 'FACTOR_NOT_OFFERED'],
})

/** A page of HTML. */
const PageText = Type.String()

export const showEnrolment = operation({
  id: 'showEnrolment',
  method: 'GET',
  path: '/auth/enrol',
  summary: 'The page on which an invited member of staff enrols a passkey',
  description: 'HTML. The invitation stands behind the # of the link, which browsers send to nobody.',
  access: { anyone: true },
  reply: PageText,
  raw: true,
})

export const stepEnrolment = operation({
  id: 'stepEnrolment',
  method: 'POST',
  path: '/auth/enrol',
  summary: 'A step on that page: the invitation, then the passkey that the browser made; it uses the invitation up',
  description: 'A form of the page itself: `Origin` must be the bank’s. Answers the next page.',
  access: { anyone: true },
  reply: PageText,
  raw: true,
  problems: ['FORM_NOT_OURS', 'TOO_BUSY', 'FACTOR_NOT_OFFERED'],
})
