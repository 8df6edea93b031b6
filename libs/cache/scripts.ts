/**
 * One `take` of a sliding window (libs/cache/sliding-window.ts says why), by the clock of Redis: KEYS[1] the window, ARGV the limit and the
 * length of a window in ms. Answers whether it is allowed, what was used before (as text: Redis cuts numbers to integers), and the ms left.
 */
export const TAKE = `
local time = redis.call('TIME')
local now = tonumber(time[1]) * 1000 + math.floor(tonumber(time[2]) / 1000)
local length = tonumber(ARGV[2])
local start = now - now % length
local known = redis.call('HMGET', KEYS[1], 'start', 'count', 'before')
local count, before = 0, 0
if known[1] and tonumber(known[1]) == start then
  count, before = tonumber(known[2]), tonumber(known[3])
elseif known[1] and tonumber(known[1]) == start - length then
  before = tonumber(known[2])
end
local used = count + before * (1 - (now - start) / length)
local allowed = used < tonumber(ARGV[1])
if allowed then
  redis.call('HSET', KEYS[1], 'start', start, 'count', count + 1, 'before', before)
  redis.call('PEXPIRE', KEYS[1], 2 * length)
end
return { allowed and 1 or 0, string.format('%.6f', used), start + length - now }`

/** Takes the last one back: KEYS[1] the window. */
export const GIVE_BACK = `
local count = redis.call('HGET', KEYS[1], 'count')
if count and tonumber(count) > 0 then redis.call('HINCRBY', KEYS[1], 'count', -1) end
return 0`

/** Gives a lock back if it is still the caller's: KEYS[1] the lock, ARGV the token. */
export const RELEASE = `
if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`
