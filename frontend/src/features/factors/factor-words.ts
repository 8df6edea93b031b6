import type { ReactNode } from 'react'
import type { ChallengeFactorApiResponse, VerifyFactorWebApiArg } from '../../services/bank-api.ts'
import type { Refusal } from '../../services/base-api.ts'

/** What the bank was asked to offer, with what its user needs to answer. */
export type FactorOffer = ChallengeFactorApiResponse
export type FactorWord = FactorOffer['factor']
/** One of these. A password only where the bank offers it. */
export type FactorAnswer = Omit<VerifyFactorWebApiArg['body'], 'challenge_id'> & { password?: string }

/** How a way of proving oneself is called in a list of ways. */
export const WAYS: Readonly<Record<FactorWord, string>> = {
  PASSKEY: 'Passkey',
  PUSH: 'Approve on your phone',
  TOTP: 'Code from your authenticator app',
  SMS: 'Code by text message',
  EMAIL: 'Code by e-mail',
  RECOVERY_CODE: 'Recovery code',
  PASSWORD: 'Password',
}

/** The ways that this browser can go, in the bank's order: strongest first. */
export function waysOf(factors: readonly FactorWord[]): FactorWord[] {
  return factors.filter((word) => word !== 'PASSKEY' || hasPasskeys())
}

/** What must be asked for before it can be answered. */
export function isSent(word: FactorWord): word is 'SMS' | 'EMAIL' {
  return word === 'SMS' || word === 'EMAIL'
}

/** A code as people paste it, in the form that the bank knows: no spaces, recovery codes in small letters. */
export function cleanCode(typed: string): string {
  return typed.replace(/\s+/g, '').toLowerCase()
}

/** What is wrong with a code before it is sent, or true. A try is not spent on a slip. */
export function checkCode(word: FactorWord, typed: string): true | string {
  const code = cleanCode(typed)
  if (word === 'RECOVERY_CODE')
    return /^[a-z0-9]{5}-[a-z0-9]{5}$/.test(code) || 'Enter a recovery code, like ab3de-f5gh7'
  const digits = word === 'EMAIL' ? 8 : 6
  return new RegExp(`^[0-9]{${digits}}$`).test(code) || `Enter the ${digits} digits of the code`
}

/** What each way is given: how to ask, how to answer, and where refusals are shown. */
export interface WayProps {
  submit: string
  offered: FactorOffer | undefined
  before: ReactNode
  /** The offer, or undefined where it was refused; the refusal is shown already. */
  ask(): Promise<FactorOffer | undefined>
  answer(answer: FactorAnswer): Promise<Refusal | undefined>
  onRefusal(refusal: Refusal | undefined): void
}

/** True where the browser knows passkeys and how to read what the bank asks (WebAuthn level 3, §5.1.8). */
export function hasPasskeys(): boolean {
  return typeof PublicKeyCredential === 'function' && 'parseRequestOptionsFromJSON' in PublicKeyCredential
}
