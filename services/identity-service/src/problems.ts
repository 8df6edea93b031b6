import { defineProblems } from '#libs/problem/problem.ts'

/** Why identity refuses. The words never tell whether an address is known. */
export const problems = defineProblems({
  PASSWORD_TOO_WEAK: [422, 'This password is too easy to guess'],
  CODE_WRONG: [422, 'The code is wrong or has expired'],
  TOO_MANY_TRIES: [429, 'Too many wrong codes; ask for a new one'],
  CREDENTIALS_WRONG: [401, 'E-mail or password is wrong'],
  ACCOUNT_LOCKED: [423, 'Too many failed sign-ins; wait and try again'],
  NOT_VERIFIED: [403, 'The e-mail address is not proved yet; a new code was sent'],
  MFA_ENROLMENT_REQUIRED: [403, 'Staff sign in with a second factor; ask an administrator to enrol one'],
  TOO_BUSY: [429, 'Too many failed attempts from this network; wait and try again'],
  REFRESH_TOKEN_WRONG: [401, 'The refresh token is not valid; sign in again'],
  FACTOR_EXISTS: [409, 'An authenticator is enrolled already'],
  FACTOR_NOT_FOUND: [404, 'There is no such factor'],
  CHALLENGE_GONE: [410, 'This sign-in has ended; start again'],
  SESSION_NOT_FOUND: [404, 'There is no such session'],
  USER_NOT_FOUND: [404, 'There is no such user'],
  ROLES_MIXED: [422, 'Nobody is staff and a customer under one sign-in'],
  OWN_USER: [403, 'Nobody does this to themselves'],
  NOTHING_TO_CHANGE: [422, 'The request changes nothing'],
  CURSOR_WRONG: [400, 'The cursor is not one of this list'],
  NO_WEB_SESSION: [404, 'This sign-in is not that of a browser'],
  OWN_ROLES: [403, 'Nobody changes their own roles'],
})
