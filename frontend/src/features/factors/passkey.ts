import type {
  ChallengeFactorApiResponse,
  RegisterPasskeyApiArg,
  StartPasskeyApiResponse,
} from '../../services/bank-api.ts'
import type { Refusal } from '../../services/base-api.ts'
import type { FactorAnswer } from './factor-words.ts'

type RequestOptions = NonNullable<ChallengeFactorApiResponse['passkey_options']>
type Assertion = NonNullable<FactorAnswer['passkey']>
type Attestation = RegisterPasskeyApiArg['body']['passkey']

/** Has the person sign with a passkey. Throws what the browser throws, a cancel included; `passkeyRefusal` puts it into words. */
export async function signWithPasskey(options: RequestOptions): Promise<Assertion> {
  const publicKey = PublicKeyCredential.parseRequestOptionsFromJSON(options as PublicKeyCredentialRequestOptionsJSON)
  const credential = (await navigator.credentials.get({ publicKey })) as PublicKeyCredential
  const { id, rawId, response, clientExtensionResults } = credential.toJSON() as AuthenticationResponseJSON
  const { clientDataJSON, authenticatorData, signature, userHandle } = response
  return {
    id,
    rawId,
    type: 'public-key',
    response: { clientDataJSON, authenticatorData, signature, ...(userHandle ? { userHandle } : {}) },
    clientExtensionResults,
  }
}

/** Has the browser make a passkey. Throws like `signWithPasskey`. */
export async function makePasskey(options: StartPasskeyApiResponse['options']): Promise<Attestation> {
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(
    options as unknown as PublicKeyCredentialCreationOptionsJSON,
  )
  const credential = (await navigator.credentials.create({ publicKey })) as PublicKeyCredential
  const { id, rawId, response, clientExtensionResults } = credential.toJSON() as RegistrationResponseJSON
  const { clientDataJSON, attestationObject, transports } = response
  return {
    id,
    rawId,
    type: 'public-key',
    response: { clientDataJSON, attestationObject, ...(transports ? { transports } : {}) },
    clientExtensionResults,
  }
}

/** What the browser refused, in the shape that pages show. Browsers do not tell a cancel from a passkey that is not there. */
export function passkeyRefusal(error: unknown): Refusal {
  const isKnown = error instanceof DOMException && error.name === 'InvalidStateError'
  return {
    status: 0,
    code: 'PASSKEY_FAILED',
    title: isKnown ? 'This device has a passkey for you already' : 'The passkey was not used',
    detail: isKnown
      ? 'Use it to sign in, or add one on another device.'
      : 'It was cancelled, took too long, or this device has no passkey for this bank. Try again, or choose another way.',
    reference: '',
    fields: [],
  }
}
