import type { Implementation } from '#libs/http/implement.ts'
import type { Own } from '../../config.ts'
import { listPasskeys } from './list-passkeys.ts'
import { loginByPasskey } from './login-by-passkey.ts'
import { registerPasskey } from './register-passkey.ts'
import { renamePasskey } from './rename-passkey.ts'
import { signInWebByPasskey } from './sign-in-web-by-passkey.ts'
import { startPasskey } from './start-passkey.ts'
import { startPasskeyLogin } from './start-passkey-login.ts'

/** What this folder answers. */
export const passkeyOperations: readonly Implementation<Own>[] = [
  startPasskey,
  registerPasskey,
  listPasskeys,
  renamePasskey,
  startPasskeyLogin,
  loginByPasskey,
  signInWebByPasskey,
]
