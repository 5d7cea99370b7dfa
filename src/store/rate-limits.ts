import type pg from 'pg';
import { RateLimiterPostgres, RateLimiterRes } from 'rate-limiter-flexible';

/** A budget of attempts per key within a window, counted in PostgreSQL so that every worker sees the same number. */
export interface Limiter {
  readonly name: string;
  /** Books one attempt; false when the budget was spent already. */
  take(key: string): Promise<boolean>;
  /** Returns one attempt, for those that turned out to be honest. */
  giveBack(key: string): Promise<void>;
  /** Attempts booked in the current window. */
  spent(key: string): Promise<number>;
}

export function makeLimiter(pool: pg.Pool, options: { name: string; attempts: number; seconds: number }): Limiter {
  const limiter = new RateLimiterPostgres({
    storeClient: pool,
    tableName: 'rate_limits',
    tableCreated: true,
    clearExpiredByTimeout: false,
    keyPrefix: options.name,
    points: options.attempts,
    duration: options.seconds,
  });
  return {
    name: options.name,
    async take(key) {
      try {
        await limiter.consume(key);
        return true;
      } catch (rejected) {
        if (rejected instanceof RateLimiterRes) return false;
        throw rejected;
      }
    },
    async giveBack(key) {
      await limiter.reward(key);
    },
    async spent(key) {
      return (await limiter.get(key))?.consumedPoints ?? 0;
    },
  };
}
