/** How the suite's clients authenticate, in its own word and in that of the registration. */
export type Authentication = 'private_key_jwt' | 'mtls'
export type Binding = 'dpop' | 'mtls'
export type Algorithm = 'PS256' | 'ES256'

/** One run of the OpenID Foundation's suite: a plan of it in one variant, with two clients of its own. */
export interface Plan {
  /** The name of the configuration's file, and of the run in the suite (`alias`). */
  name: string
  /** The plan as the suite names it. */
  plan: string
  variant: Readonly<Record<string, string>>
  /** The profile that the clients register under. */
  profile: '1.0' | '2.0'
  authentication: Authentication
  binding: Binding
  /** What the clients sign with. The suite's RS256 refusals need PS256 keys. */
  algorithm: Algorithm
}

const SECURITY = 'fapi2-security-profile-final-test-plan'
const SIGNING = 'fapi2-message-signing-final-test-plan'
const ADVANCED = 'fapi1-advanced-final-test-plan'

/** FAPI 2.0 Security Profile: every authentication with every binding, and once with authorization details instead of a scope alone. */
function securityPlan(
  authentication: Authentication,
  binding: Binding,
  more: Partial<Plan> & { kind?: string } = {},
): Plan {
  const { kind = 'simple', ...rest } = more
  const words = [authentication === 'mtls' ? 'mtls' : 'key', binding, ...(kind === 'simple' ? [] : [kind])]
  return {
    name: `bankflow-fapi2-sp-${words.join('-')}`,
    plan: SECURITY,
    variant: {
      openid: 'openid_connect',
      client_auth_type: authentication,
      sender_constrain: binding,
      fapi_profile: 'plain_fapi',
      authorization_request_type: kind,
    },
    ...{ profile: '2.0', authentication, binding, algorithm: 'PS256', ...rest },
  }
}

/** FAPI 2.0 Message Signing: signed requests, answers as the mode says. */
function signingPlan(binding: Binding, mode: 'jarm' | 'plain_response', algorithm: Algorithm): Plan {
  return {
    name: `bankflow-fapi2-ms-key-${binding}-${mode === 'jarm' ? 'jarm' : 'plain'}`,
    plan: SIGNING,
    variant: {
      openid: 'openid_connect',
      client_auth_type: 'private_key_jwt',
      sender_constrain: binding,
      fapi_profile: 'plain_fapi',
      fapi_request_method: 'signed_non_repudiation',
      fapi_response_mode: mode,
      authorization_request_type: 'simple',
    },
    ...{ profile: '2.0', authentication: 'private_key_jwt', binding, algorithm },
  }
}

/** FAPI 1.0 Advanced: signed answers alone, because the bank has no other response type than code. */
function advancedPlan(authentication: Authentication, method: 'by_value' | 'pushed'): Plan {
  return {
    name: `bankflow-fapi1-adv-${authentication === 'mtls' ? 'mtls' : 'key'}-${method === 'pushed' ? 'pushed' : 'value'}`,
    plan: ADVANCED,
    variant: {
      client_auth_type: authentication,
      fapi_profile: 'plain_fapi',
      fapi_auth_request_method: method,
      fapi_response_mode: 'jarm',
    },
    ...{ profile: '1.0', authentication, binding: 'mtls', algorithm: 'PS256' },
  }
}

/** What the bank takes part in, in the order of importance. */
export const PLANS: readonly Plan[] = [
  securityPlan('private_key_jwt', 'dpop'),
  securityPlan('private_key_jwt', 'dpop', { kind: 'rar', algorithm: 'ES256' }),
  securityPlan('private_key_jwt', 'mtls'),
  securityPlan('mtls', 'mtls'),
  securityPlan('mtls', 'dpop'),
  signingPlan('dpop', 'jarm', 'PS256'),
  signingPlan('mtls', 'jarm', 'ES256'),
  signingPlan('dpop', 'plain_response', 'PS256'),
  advancedPlan('private_key_jwt', 'by_value'),
  advancedPlan('private_key_jwt', 'pushed'),
  advancedPlan('mtls', 'by_value'),
  advancedPlan('mtls', 'pushed'),
]

/** True where the clients need certificates, and the bank its second door. */
export function needsCertificates({ authentication, binding }: Plan): boolean {
  return authentication === 'mtls' || binding === 'mtls'
}

/** How the suite's own runner is told of a plan. */
export function argumentOf({ plan, variant }: Plan): string {
  return `${plan}${Object.entries(variant)
    .map(([name, value]) => `[${name}=${value}]`)
    .join('')}`
}

/** Whom the suite signs in as. */
export interface SuiteUser {
  email: string
  password: string
  code: string
}
