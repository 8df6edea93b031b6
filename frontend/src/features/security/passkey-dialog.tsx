import Typography from '@mui/material/Typography'
import { type ReactNode, useState } from 'react'
import {
  type StartPasskeyApiResponse,
  useRegisterPasskeyMutation,
  useStartPasskeyMutation,
} from '../../services/bank-api.ts'
import type { Refusal } from '../../services/base-api.ts'
import { makePasskey, passkeyRefusal } from '../factors/passkey.ts'
import { ActDialog } from './act-dialog.tsx'
import { NameForm } from './name-dialog.tsx'
import { RecoveryCodes } from './recovery-codes.tsx'
import { StrengthForm } from './strength-form.tsx'

/** Adds a passkey: proof, a name, then the browser makes it. */
export function PasskeyDialog({ onClose }: { onClose(): void }): ReactNode {
  const [start] = useStartPasskeyMutation()
  const [register] = useRegisterPasskeyMutation()
  const [begun, setBegun] = useState<StartPasskeyApiResponse>()
  const [codes, setCodes] = useState<readonly string[]>()
  const add = async (name: string): Promise<{ error?: unknown }> => {
    if (begun === undefined) return {}
    try {
      const passkey = await makePasskey(begun.options)
      const { data, error } = await register({ body: { ceremony_id: begun.ceremony_id, name, passkey } })
      setCodes(data?.recovery_codes)
      return { error }
    } catch (error) {
      return { error: passkeyRefusal(error) }
    }
  }
  if (codes !== undefined)
    return (
      <ActDialog title="Your passkey is added" leave="Done" onClose={onClose}>
        <Typography>From now on it signs you in without your password.</Typography>
        {codes.length > 0 && <RecoveryCodes codes={codes} />}
      </ActDialog>
    )
  return (
    <ActDialog title="Add a passkey" onClose={onClose}>
      {begun === undefined ? (
        <>
          <Typography>
            A passkey signs you in with your fingerprint, your face or the code of your device. Nobody can trick you
            into giving it away.
          </Typography>
          <StrengthForm
            submit="Go on"
            act={async (strength) => {
              const { data, error } = await start({ body: strength })
              setBegun(data)
              return error as Refusal | undefined
            }}
          />
        </>
      ) : (
        <>
          <Typography>How do you call it? Then your browser asks for your finger, your face or a code.</Typography>
          <NameForm before={thisMachine()} submit="Make the passkey" act={add} />
        </>
      )}
    </ActDialog>
  )
}

/** How devices name themselves to pages, and what people call them; the first that fits. */
const MACHINES = [
  ['iPhone', 'My iPhone'],
  ['iPad', 'My iPad'],
  ['Android', 'My Android phone'],
  ['Windows', 'My Windows computer'],
  ['Macintosh', 'My Mac'],
] as const

/** A name to begin with. */
function thisMachine(): string {
  return MACHINES.find(([word]) => navigator.userAgent.includes(word))?.[1] ?? 'My device'
}
