import type { Implementation } from '#libs/http/implement.ts'
import type { Own } from '../../config.ts'
import { confirmEndOfSession } from './confirm-end-of-session.ts'
import { endBrowserSession } from './end-browser-session.ts'
import { showEndOfSession } from './show-end-of-session.ts'

/** What this folder answers. */
export const endSessionOperations: readonly Implementation<Own>[] = [
  endBrowserSession,
  confirmEndOfSession,
  showEndOfSession,
]
