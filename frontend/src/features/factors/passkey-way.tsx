import Button from '@mui/material/Button'
import Stack from '@mui/material/Stack'
import Typography from '@mui/material/Typography'
import { type ReactNode, useState } from 'react'
import type { WayProps } from './factor-words.ts'
import { passkeyRefusal, signWithPasskey } from './passkey.ts'

/** A passkey: the browser asks for the finger, the face or the device's own code. */
export function PasskeyWay({ before, ask, answer, onRefusal }: WayProps): ReactNode {
  const [isBusy, setBusy] = useState(false)
  const use = async (): Promise<void> => {
    setBusy(true)
    try {
      const offer = await ask()
      if (offer?.passkey_options !== undefined) await answer({ passkey: await signWithPasskey(offer.passkey_options) })
    } catch (error) {
      onRefusal(passkeyRefusal(error))
    } finally {
      setBusy(false)
    }
  }
  return (
    <Stack spacing={2} sx={{ alignItems: 'start' }}>
      {before}
      <Typography>Your browser will ask for your fingerprint, your face, or the code of your device.</Typography>
      <Button variant="contained" size="large" loading={isBusy} onClick={use}>
        Use your passkey
      </Button>
    </Stack>
  )
}
