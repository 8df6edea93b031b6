/** The commonest passwords of at least 12 characters in public breach lists, in lower case; shorter ones are refused by length. */
const COMMON: ReadonlySet<string> = new Set(
  `123456789012 1234567890123 12345678901234 123456789123 123123123123 112233445566 111222333444 123qweasdzxc 1qaz2wsx3edc
  1q2w3e4r5t6y qwertyuiop123 qwertyuiop[] qwerty123456 qwerty1234567 qwertyuiopas qwertyqwerty qazwsxedcrfv qazwsxedc123 zaq12wsxcde3
  asdfghjkl123 asdfghjklzxc zxcvbnm12345 zxcvbnmasdfg password1234 password12345 password123456 passwordpassword password1234!
  passw0rd1234 p@ssw0rd1234 password2024 password2025 password2026 passw0rd123! letmein12345 letmeinletmein welcome12345 welcome123456
  iloveyou1234 iloveyou12345 iloveyouforever iloveyouiloveyou sunshine1234 princess1234 football1234 baseball1234 superman1234
  batman123456 dragon123456 monkey123456 michael12345 charlie12345 jordan123456 abcdefghijkl abcdefg12345 abcd12345678 abc123abc123
  a1b2c3d4e5f6 1a2b3c4d5e6f aa1234567890 a12345678910 administrator administrator1 adminadminadmin admin1234567 changeme1234
  changemechangeme trustno1trustno1 correcthorsebatterystaple letmein123456 qwerty12345678 1234qwerasdf 1234qwerasdfzxcv qweasdzxc123
  asdasdasdasd asd123asd123 123654789012 147258369147 159753159753 789456123789 987654321012 0123456789ab 010203040506 102030405060
  121212121212 131313131313 232323232323 696969696969 123abc123abc test12345678 testtesttest secret123456 mypassword12 mypassword123
  masterpassword thisisapassword bankpassword mybankpassword starwars1234 pokemon12345 liverpool1234 manchester1 chelsea12345
  arsenal12345 barcelona123 computer1234 internet1234 whatever1234 facebook1234 linkedin1234 passwort1234 motdepasse123 contrasena123`.split(
    /\s+/,
  ),
)
const RUNS = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890123456789',
  'qwertyuiopasdfghjklzxcvbnm',
  'qwertzuiopasdfghjklyxcvbnm',
]

/**
 * Why a password is too weak, as a sentence for the person, or null. Length is what counts (NIST SP 800-63B §5.1.1.2: no rules of
 * composition, a list of common ones); the contract has bounded it to 12 to 128 characters already.
 */
export function weaknessOf(password: string, email: string): string | null {
  const plain = password.normalize('NFKC').toLowerCase()
  const local = email.toLowerCase().split('@')[0] ?? ''
  if (plain === email.toLowerCase() || stripped(plain) === local) return 'It is your e-mail address'
  if (COMMON.has(plain)) return 'It is among the passwords that are tried first'
  if (new Set(plain).size < 4) return 'It repeats too few characters'
  if (isRepeated(plain)) return 'It repeats a short text'
  if (isRun(plain)) return 'It follows the alphabet, the numbers or the keyboard'
  return null
}

/** Without digits and signs at the end: "anna.smith2026!" is still the name. */
function stripped(text: string): string {
  return text.replace(/[\d\W_]+$/, '')
}

function isRepeated(text: string): boolean {
  for (let size = 1; size <= 4; size++)
    if (
      text ===
      text
        .slice(0, size)
        .repeat(Math.ceil(text.length / size))
        .slice(0, text.length)
    )
      return true
  return false
}

function isRun(text: string): boolean {
  const backwards = [...text].reverse().join('')
  return RUNS.some((run) => (run + run).includes(text) || (run + run).includes(backwards))
}
