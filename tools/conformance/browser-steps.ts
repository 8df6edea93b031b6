import type { SuiteUser } from './configuration.ts'
import type { Plan } from './plans.ts'

interface Place {
  issuer: string
  alias: string
  user: SuiteUser
}

const WAIT_S = 10
/** The one sentence of every page that the bank shows instead of an answer to the third party. */
const ERROR_PAGE = 'This request cannot be carried out'

const pressing = (step: string): string[] => ['click', 'xpath', `//button[@value='${step}']`]

/** What the suite's browser does on the bank's pages: it signs in where it is asked to, chooses an account, and confirms with the code. */
export function browserSteps({ issuer, alias, user }: Place): object[] {
  return [
    {
      match: `${issuer}/api/v1/auth/authorize*`,
      tasks: [
        signingIn(issuer, user),
        {
          task: 'Choose an account and confirm',
          optional: true,
          match: `${issuer}/api/v1/auth/interaction/*`,
          commands: [
            ['wait', 'xpath', "//button[@value='choose']", WAIT_S],
            ['click', 'name', 'account'],
            pressing('choose'),
            ['wait', 'id', 'code', WAIT_S],
            ['text', 'id', 'code', user.code],
            pressing('answer'),
          ],
        },
        {
          task: 'Verify Complete',
          match: `*/test/a/${alias}/callback*`,
          commands: [['wait', 'id', 'submission_complete', WAIT_S]],
        },
      ],
    },
  ]
}

/** Where the suite wants a customer who says no. */
export function refusalSteps({ issuer, alias, user }: Place, plan: Plan): Record<string, object> {
  const match = `${issuer}/api/v1/auth/interaction/*`
  const deny = {
    task: 'Deny',
    match,
    commands: [['wait', 'xpath', "//button[@value='deny']", WAIT_S], pressing('deny')],
  }
  const back = {
    task: 'Verify Complete',
    match: `*/test/a/${alias}/callback*`,
    commands: [['wait', 'id', 'submission_complete', WAIT_S]],
  }
  const steps = [{ match: `${issuer}/api/v1/auth/authorize*`, tasks: [signingIn(issuer, user), deny, back] }]
  return { [`${familyOf(plan)}-user-rejects-authentication`]: { browser: steps } }
}

/** Where the suite takes a picture of the bank's page of errors, because nothing may be sent back to the client. */
export function errorPageSteps({ issuer }: Place, plan: Plan): Record<string, object> {
  const match = `${issuer}/api/v1/auth/authorize*`
  const commands = [['wait', 'xpath', '//*', WAIT_S, ERROR_PAGE, 'update-image-placeholder-optional']]
  const steps = [{ comment: 'the page of errors, at once', match, tasks: [{ task: 'Error page', match, commands }] }]
  const tests = plan.profile === '1.0' ? ADVANCED_ERROR_PAGES : SECURITY_ERROR_PAGES
  return Object.fromEntries(tests.map((test) => [`${familyOf(plan)}-${test}`, { browser: steps }]))
}

function signingIn(issuer: string, { email, password, code }: SuiteUser): object {
  return {
    task: 'Sign in',
    optional: true,
    match: `${issuer}/api/v1/auth/interaction/*`,
    // A browser that is signed in already is shown the next page at an address of the same kind.
    commands: [
      ['text', 'id', 'email', email, 'optional'],
      ['text', 'id', 'password', password, 'optional'],
      [...pressing('sign_in'), 'optional'],
      ['text', 'id', 'code', code, 'optional'],
      [...pressing('answer'), 'optional'],
    ],
  }
}

function familyOf({ profile }: Plan): string {
  return profile === '1.0' ? 'fapi1-advanced-final' : 'fapi2-security-profile-final'
}

/** Tests of requests that name no client or address to be trusted, or a reference that is not good. */
const SECURITY_ERROR_PAGES = [
  'ensure-unsigned-authorization-request-without-using-par-fails',
  'par-attempt-reuse-request_uri',
  'par-attempt-to-use-expired-request_uri',
  'par-attempt-to-use-request_uri-for-different-client',
]
const ADVANCED_ERROR_PAGES = [
  'ensure-authorization-request-without-request-object-fails',
  'ensure-registered-redirect-uri',
  'ensure-redirect-uri-in-authorization-request',
  'ensure-request-object-without-redirect-uri-fails',
  'ensure-request-object-signature-algorithm-is-not-none',
  'ensure-request-object-with-invalid-signature-fails',
  'ensure-matching-key-in-authorization-request',
  'ensure-signed-request-object-with-RS256-fails',
  'par-attempt-reuse-request_uri',
  'par-attempt-to-use-expired-request_uri',
  'par-attempt-to-use-request_uri-for-different-client',
]
