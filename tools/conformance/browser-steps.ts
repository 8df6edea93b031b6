import type { Plan, SuiteUser } from './plans.ts'

interface Place {
  issuer: string
  alias: string
  user: SuiteUser
}

type Command = readonly (string | number)[]

interface Task {
  task: string
  match: string
  optional?: true
  commands: readonly Command[]
}

/** What the suite's browser does at an address; the first entry that matches and has not been used up is taken. */
interface Visit {
  match: string
  'match-limit'?: number
  tasks: readonly Task[]
}

const WAIT_S = 10
/** The heading of every page that the bank shows instead of an answer to the third party. */
const ERROR_PAGE = 'This request cannot be carried out'
const SIGN_IN_PAGE = 'E-mail address'

const pressing = (step: string): string[] => ['click', 'xpath', `//button[@value='${step}']`]
const seeing = (text: string): Command => ['wait', 'xpath', '//*', WAIT_S, text, 'update-image-placeholder-optional']
const authorizing = (issuer: string): string => `${issuer}/api/v1/auth/authorize*`
const interacting = (issuer: string): string => `${issuer}/api/v1/auth/interaction/*`

/** What the suite's browser does on the bank's pages: it signs in where it is asked to, chooses an account, and confirms with the code. */
export function browserSteps(place: Place): Visit[] {
  return [wholeVisit(place)]
}

/** Where single tests of the suite want something else: a customer who says no, a page of errors, a visit that is broken off. */
export function overrides(place: Place, plan: Plan): Record<string, { browser: Visit[] }> {
  const family = plan.profile === '1.0' ? 'fapi1-advanced-final' : 'fapi2-security-profile-final'
  const pages = plan.profile === '1.0' ? ADVANCED_ERROR_PAGES : SECURITY_ERROR_PAGES
  const tests: [string, Visit[]][] = [
    ...pages.map((test): [string, Visit[]] => [test, [errorPage(place)]]),
    ['user-rejects-authentication', [refusal(place)]],
    // A reference that has been used shows the page of errors; one that was only looked at is still good.
    ['par-attempt-reuse-request_uri', [{ ...wholeVisit(place), 'match-limit': 1 }, errorPage(place)]],
    ['par-ensure-reused-request-uri-prior-to-auth-completion-succeeds', [lookOnly(place), wholeVisit(place)]],
  ]
  return Object.fromEntries(tests.map(([test, browser]) => [`${family}-${test}`, { browser }]))
}

function wholeVisit(place: Place): Visit {
  const { issuer, user } = place
  const consent: Task = {
    task: 'Choose an account and confirm',
    optional: true,
    match: interacting(issuer),
    commands: [
      ['wait', 'xpath', "//button[@value='choose']", WAIT_S],
      ['click', 'name', 'account'],
      pressing('choose'),
      ['wait', 'id', 'code', WAIT_S],
      ['text', 'id', 'code', user.code],
      pressing('answer'),
    ],
  }
  return { match: authorizing(issuer), tasks: [signingIn(place), consent, returning(place)] }
}

function refusal(place: Place): Visit {
  const { issuer } = place
  const commands = [['wait', 'xpath', "//button[@value='deny']", WAIT_S], pressing('deny')]
  const deny: Task = { task: 'Deny', match: interacting(issuer), commands }
  return { match: authorizing(issuer), tasks: [signingIn(place), deny, returning(place)] }
}

/** What the bank can tell the client it tells the client; both ends are right. */
function errorPage(place: Place): Visit {
  const match = authorizing(place.issuer)
  const page: Task = { task: 'Error page', optional: true, match, commands: [seeing(ERROR_PAGE)] }
  return { match, tasks: [page, { ...returning(place), optional: true }] }
}

function lookOnly({ issuer }: Place): Visit {
  const look: Task = { task: 'Look only', match: interacting(issuer), commands: [seeing(SIGN_IN_PAGE)] }
  return { match: authorizing(issuer), 'match-limit': 1, tasks: [look] }
}

/** A browser that is signed in already is shown the next page at an address of the same kind, so all of it may be left out. */
function signingIn({ issuer, user }: Place): Task {
  const commands = [
    ['text', 'id', 'email', user.email, 'optional'],
    ['text', 'id', 'password', user.password, 'optional'],
    [...pressing('sign_in'), 'optional'],
    ['text', 'id', 'code', user.code, 'optional'],
    [...pressing('answer'), 'optional'],
  ]
  return { task: 'Sign in', optional: true, match: interacting(issuer), commands }
}

function returning({ alias }: Place): Task {
  const commands = [['wait', 'id', 'submission_complete', WAIT_S]]
  return { task: 'Verify Complete', match: `*/test/a/${alias}/callback*`, commands }
}

/** Tests of requests that name no client or address to be trusted, or a reference that is not good. */
const SECURITY_ERROR_PAGES = [
  'ensure-unsigned-authorization-request-without-using-par-fails',
  'par-attempt-to-use-expired-request_uri',
  'par-attempt-to-use-request_uri-for-different-client',
]
const ADVANCED_ERROR_PAGES = [
  'ensure-authorization-request-without-request-object-fails',
  'ensure-registered-redirect-uri',
  'ensure-redirect-uri-in-authorization-request',
  'ensure-request-object-without-redirect-uri-fails',
  'ensure-request-object-without-exp-fails',
  'ensure-request-object-without-nbf-fails',
  'ensure-expired-request-object-fails',
  'ensure-request-object-with-exp-over-60-fails',
  'ensure-request-object-with-nbf-over-60-fails',
  'ensure-request-object-with-bad-aud-fails',
  'ensure-request-object-signature-algorithm-is-not-none',
  'ensure-request-object-with-invalid-signature-fails',
  'ensure-matching-key-in-authorization-request',
  'ensure-signed-request-object-with-RS256-fails',
  'par-attempt-to-use-expired-request_uri',
  'par-attempt-to-use-request_uri-for-different-client',
]
