import Button from '@mui/material/Button'
import Stack from '@mui/material/Stack'
import Typography from '@mui/material/Typography'
import { type ReactNode, useEffect, useRef, useState } from 'react'
import type { WayProps } from './factor-words.ts'

/** How long between two questions whether the phone has answered. */
const ASK_AGAIN_MS = 3_000

/** An approval on the person's phone: the number here is typed there, so that nobody approves by reflex. */
export function PushWay({ before, offered, ask, answer }: WayProps): ReactNode {
  const [isBusy, setBusy] = useState(false)
  if (offered?.match_number === undefined)
    return (
      <Stack spacing={2} sx={{ alignItems: 'start' }}>
        {before}
        <Button
          variant="contained"
          size="large"
          loading={isBusy}
          onClick={async () => {
            setBusy(true)
            await ask()
            setBusy(false)
          }}
        >
          Ask my phone
        </Button>
      </Stack>
    )
  return (
    <Stack spacing={1}>
      {before}
      <Typography>Open BankFlow on your phone and type this number there:</Typography>
      <Typography
        component="p"
        sx={{ fontSize: '2.5rem', fontWeight: 500, letterSpacing: 4, fontVariantNumeric: 'tabular-nums' }}
      >
        {offered.match_number}
      </Typography>
      <Waiting answer={answer} />
    </Stack>
  )
}

/** Asks until the phone has answered, one question at a time. */
function Waiting({ answer }: Pick<WayProps, 'answer'>): ReactNode {
  const [isOver, setOver] = useState(false)
  const latest = useRef(answer)
  latest.current = answer
  useEffect(() => {
    if (isOver) return undefined
    let timer: ReturnType<typeof setTimeout>
    let isGone = false
    const look = async (): Promise<void> => {
      const refusal = await latest.current({ push: true })
      if (isGone) return
      if (refusal?.code === 'APPROVAL_PENDING') timer = setTimeout(look, ASK_AGAIN_MS)
      else setOver(true)
    }
    timer = setTimeout(look, ASK_AGAIN_MS)
    return () => {
      isGone = true
      clearTimeout(timer)
    }
  }, [isOver])
  return isOver ? null : (
    <Typography role="status" color="textSecondary">
      Waiting for your phone …
    </Typography>
  )
}
