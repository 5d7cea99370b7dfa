import type { Server, ServerName } from './server.ts';

export interface RepeatedRequest {
  readonly url: string;
  readonly method: 'GET' | 'POST';
  readonly headers: Readonly<Record<string, string>>;
  /** One, or several taken in turn: bodies or headers that differ. */
  readonly variants: readonly {
    readonly body?: string;
    readonly headers?: Readonly<Record<string, string>>;
  }[];
  accepts(body: string): boolean;
}

/**
 * Several workers; each call of a step is one operation, and throws when anything in it is not as
 * it must be.
 */
export interface Flow {
  readonly steps: readonly (() => Promise<void>)[];
  /** How often in all, where something is used up. */
  readonly most?: number;
}

interface Named {
  readonly name: string;
  readonly says: string;
  /** All three servers, where nothing is said. */
  readonly only?: readonly ServerName[];
}

/** What can be measured: a request that repeats, or steps that lean on the answers before. */
export type Operation = Named &
  (
    | {
        readonly kind: 'request';
        prepare(server: Server): Promise<RepeatedRequest> | RepeatedRequest;
      }
    | { readonly kind: 'flow'; prepare(server: Server): Promise<Flow> }
  );

/** Connections or workers at a time. */
export const CONCURRENCY = 8;
