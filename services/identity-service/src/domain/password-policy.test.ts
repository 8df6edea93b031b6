import assert from 'node:assert/strict'
import { test } from 'node:test'
import { weaknessOf } from './password-policy.ts'

const email = 'ann.smith@example.com'

test('refuses common passwords, runs, repeats and the address, however they are written', () => {
  const weak = [
    ...['password1234', 'PassWord1234', 'correcthorsebatterystaple', 'qwertyuiop123', '1q2w3e4r5t6y'],
    ...['aaaaaaaaaaaa', '121212121212', 'abcabcabcabc', 'xyxyxyxyxyxyx'],
    ...['abcdefghijkl', 'zyxwvutsrqponml', '234567890123', 'qwertyuiopasdf'],
    ...['ann.smith@example.com', 'ann.smith2026', 'Ann.Smith!!!!', 'ｐａｓｓｗｏｒｄ１２３４'],
  ]
  for (const password of weak) assert.equal(typeof weaknessOf(password, email), 'string', password)
})

test('accepts what is long and not guessed first, without rules of composition', () => {
  const strong = [
    'seven green bottles',
    'Demo-bank-2026',
    'пароль из слов',
    'annsmithsonian tour',
    '密码很长很长很长很长很长',
    "'; drop table users; --",
  ]
  for (const password of strong) assert.equal(weaknessOf(password, email), null, password)
})
