import Alert from '@mui/material/Alert'
import Box from '@mui/material/Box'
import Button from '@mui/material/Button'
import Stack from '@mui/material/Stack'
import { type ReactNode, useState } from 'react'

/** Recovery codes, seen this once: to be copied or printed now. */
export function RecoveryCodes({ codes }: { codes: readonly string[] }): ReactNode {
  const [said, setSaid] = useState('')
  const copy = async (): Promise<void> => {
    // Browsers refuse this without a permission; then the codes are still there to select.
    const isCopied = await navigator.clipboard.writeText(codes.join('\n')).then(
      () => true,
      () => false,
    )
    setSaid(isCopied ? 'Copied.' : 'This browser does not let a page copy: select the codes and copy them.')
  }
  return (
    <Stack spacing={2}>
      <Alert severity="warning">
        Keep these codes where you find them without your phone. Each of them works once. They are not shown again.
      </Alert>
      <Box
        component="ul"
        aria-label="Recovery codes"
        sx={{
          m: 0,
          p: 2,
          listStyle: 'none',
          display: 'grid',
          gridTemplateColumns: { xs: '1fr', sm: '1fr 1fr' },
          gap: 1,
          bgcolor: 'action.hover',
          borderRadius: 1,
          fontFamily: 'monospace',
          fontSize: '1.05rem',
          '@media print': { position: 'fixed', inset: 0, bgcolor: 'white', color: 'black', zIndex: 9999 },
        }}
      >
        {codes.map((code) => (
          <li key={code}>{code}</li>
        ))}
      </Box>
      <Stack direction="row" spacing={1} sx={{ alignItems: 'center' }}>
        <Button variant="outlined" onClick={copy}>
          Copy
        </Button>
        <Button variant="outlined" onClick={() => window.print()}>
          Print
        </Button>
        <Box role="status">{said}</Box>
      </Stack>
    </Stack>
  )
}
