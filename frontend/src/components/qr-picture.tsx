import Box from '@mui/material/Box'
import type { ReactNode } from 'react'
import { qrCode } from '../formats/qr-code.ts'

/** Light that must stand around a code for readers to find it (ISO/IEC 18004 §5.3.8), in modules. */
const QUIET = 4

/** A text as a QR code, dark on light in any colour scheme; nothing where the text is too long for one. */
export function QrPicture({ text, label }: { text: string; label: string }): ReactNode {
  const matrix = qrCode(text)
  if (matrix === undefined) return null
  const side = matrix.length + 2 * QUIET
  const path = matrix.flatMap((row, y) => row.map((isDark, x) => (isDark ? `M${x + QUIET} ${y + QUIET}h1v1h-1z` : '')))
  return (
    <Box
      component="svg"
      role="img"
      aria-label={label}
      viewBox={`0 0 ${side} ${side}`}
      shapeRendering="crispEdges"
      sx={{ width: 224, maxWidth: '100%', bgcolor: '#fff', borderRadius: 1, alignSelf: 'center', display: 'block' }}
    >
      <path d={path.join('')} fill="#000" />
    </Box>
  )
}
