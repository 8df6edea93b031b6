/** A mail to one person, before it is sealed into its job. */
export interface Mail {
  to: string
  subject: string
  text: string
}

/** What identity writes itself: codes, and what concerns an address more than a user. Notices come from notification-service by events. */
export type MailKind = 'VERIFY' | 'RESET' | 'KNOWN' | 'BREACHED' | 'INVITED'

/** The words of a mail. `code` and `minutes` are those of the one-time code, where the kind has one. */
export function mailOf(kind: MailKind, to: string, code = '', minutes = 0): Mail {
  switch (kind) {
    case 'VERIFY':
      return {
        to,
        subject: 'Prove your e-mail address',
        text: `Your BankFlow code is ${code}. It is good for ${minutes} minutes. If you did not sign up, ignore this mail: without the code nothing happens.`,
      }
    case 'RESET':
      return {
        to,
        subject: 'Set a new password',
        text: `Your BankFlow code for a new password is ${code}. It is good for ${minutes} minutes. If you did not ask for it, ignore this mail.`,
      }
    case 'KNOWN':
      return {
        to,
        subject: 'You already have an account',
        text: 'Somebody, perhaps you, tried to sign up with this address, which has an account already. Sign in, or ask for a new password.',
      }
    case 'INVITED':
      return {
        to,
        subject: 'Your passkey for the bank',
        text: `You were invited to work at the bank. Open this link within a day, on the device that you work with, and make your passkey: ${code}`,
      }
    case 'BREACHED':
      return {
        to,
        subject: 'Please choose another password',
        text: 'The password that you sign in with is in a public list of stolen passwords: others may try it here. Please choose another one, used nowhere else. Until then we ask for a code at each sign-in.',
      }
  }
}

/** Digits of a code that goes to a telephone: it is good for one challenge of minutes, and five tries. */
export const SMS_DIGITS = 6

/** The words of a code that confirms something. What is confirmed comes first: nobody should read the code without it (PSD2 RTS art. 5). */
export function confirmationText({
  code,
  minutes,
  shown,
}: {
  code: string
  minutes: number
  shown: string | null
}): string {
  const what = shown === null ? '' : `${shown.replace(/[.\s]+$/, '')}. `
  return `${what}Your BankFlow code is ${code}, good for ${minutes} minutes. Never tell it to anybody; if this was not you, change your password.`
}

/** Digits of a mailed code: with all the tries that an address bears, one in a million of being guessed. */
export const CODE_DIGITS = 8
