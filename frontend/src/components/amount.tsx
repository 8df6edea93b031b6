import Typography, { type TypographyProps } from '@mui/material/Typography'
import type { ReactNode } from 'react'
import { formatMoney } from '../formats/money.ts'

interface AmountProps {
  cents: number
  currency: string
  /** `in` and `out` are said by a sign too: colour alone tells nobody anything. */
  direction?: 'in' | 'out' | undefined
  variant?: TypographyProps['variant']
}

const SIGNS = { in: '+', out: '−' } as const

/** An amount: never wrapped, its digits in columns. */
export function Amount({ cents, currency, direction, variant = 'body1' }: AmountProps): ReactNode {
  const sign = direction === undefined ? '' : SIGNS[direction]
  return (
    <Typography
      component="span"
      variant={variant}
      sx={{
        whiteSpace: 'nowrap',
        fontVariantNumeric: 'tabular-nums',
        color: direction === 'in' ? 'success.main' : 'text.primary',
      }}
    >
      {sign}
      {formatMoney(cents, currency)}
    </Typography>
  )
}
