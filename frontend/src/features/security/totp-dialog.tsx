import Box from '@mui/material/Box'
import Link from '@mui/material/Link'
import Typography from '@mui/material/Typography'
import { type ReactNode, useState } from 'react'
import { QrPicture } from '../../components/qr-picture.tsx'
import { type EnrolTotpApiResponse, useConfirmTotpMutation, useEnrolTotpMutation } from '../../services/bank-api.ts'
import type { Refusal } from '../../services/base-api.ts'
import { ActDialog } from './act-dialog.tsx'
import { CodeForm } from './code-form.tsx'
import { RecoveryCodes } from './recovery-codes.tsx'
import { StrengthForm } from './strength-form.tsx'

/** Adds an authenticator app: proof, secret, first code, recovery codes. */
export function TotpDialog({ onClose }: { onClose(): void }): ReactNode {
  const [enrol] = useEnrolTotpMutation()
  const [confirm] = useConfirmTotpMutation()
  const [begun, setBegun] = useState<EnrolTotpApiResponse>()
  const [codes, setCodes] = useState<readonly string[]>()
  if (codes !== undefined)
    return (
      <ActDialog title="Your authenticator app is set up" leave="Done" onClose={onClose}>
        {codes.length > 0 && <RecoveryCodes codes={codes} />}
      </ActDialog>
    )
  if (begun !== undefined)
    return (
      <ActDialog title="Add your authenticator app" onClose={onClose}>
        <Secret {...begun} />
        <CodeForm
          label="Code that the app shows"
          confirm={async (code) => {
            const { data, error } = await confirm({ body: { factor_id: begun.factor_id, code } })
            setCodes(data?.recovery_codes)
            return error as Refusal | undefined
          }}
        />
      </ActDialog>
    )
  return (
    <ActDialog title="Add an authenticator app" onClose={onClose}>
      <Typography>The app on your phone shows a new code every 30 seconds, without a network.</Typography>
      <StrengthForm
        submit="Go on"
        act={async (strength) => {
          const { data, error } = await enrol({ body: strength })
          setBegun(data)
          return error as Refusal | undefined
        }}
      />
    </ActDialog>
  )
}

function Secret({ secret, otpauth_uri }: Pick<EnrolTotpApiResponse, 'secret' | 'otpauth_uri'>): ReactNode {
  const groups = secret.match(/.{1,4}/g) ?? []
  return (
    <>
      <Typography>Scan this with the app on your phone.</Typography>
      <QrPicture text={otpauth_uri} label="QR code with the key for the app" />
      <Typography>
        On this device, <Link href={otpauth_uri}>open the app</Link>. Or type this key into it:
      </Typography>
      <Box
        component="code"
        aria-label="Key for the app"
        role="group"
        sx={{ p: 2, bgcolor: 'action.hover', borderRadius: 1, fontSize: '1.05rem', overflowWrap: 'anywhere' }}
      >
        {groups.join(' ')}
      </Box>
    </>
  )
}
